//! Which proxies a request has come through. Each call says so, so that one that leads back is seen, also by way of others.

use http::{HeaderMap, HeaderValue, header};

/// Through more of our kind than this no request comes for a reason.
const MAX_HOPS: usize = 16;
/// Of what others say there, this much goes on.
const MAX_LENGTH: usize = 1024;
/// No name of ours is longer, with its version.
const MAX_OWN_LENGTH: usize = 40;

/// The name of this proxy in `Via`.
#[derive(Debug, Clone)]
pub struct Via {
    own: String,
}

impl Via {
    /// By a number that no other one has.
    pub fn new(number: u64) -> Self {
        Self { own: format!("modelux-{number:016x}") }
    }

    /// Has the request been here before, or through too many of our kind?
    pub fn comes_back(&self, headers: &HeaderMap) -> bool {
        let mut hops = 0;
        elements(headers).any(|element| {
            hops += usize::from(is_ours(element));
            name(element) == Some(&*self.own) || hops > MAX_HOPS
        })
    }

    /// What a call for such a request says: the way so far, and this proxy.
    pub fn onward(&self, caller: &HeaderMap) -> Option<HeaderValue> {
        let length: usize = elements(caller).map(|element| element.len() + 2).sum();
        // Others' names are a courtesy, those of our kind stop loops.
        let kept = elements(caller).filter(|element| length <= MAX_LENGTH || is_ours(element));
        let mut all = String::new();
        for element in kept {
            all += element;
            all += ", ";
        }
        HeaderValue::from_str(&format!("{all}1.1 {}", self.own)).ok()
    }
}

fn elements(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::VIA).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|element| !element.is_empty())
}

/// By whom an element says that the request was received.
fn name(element: &str) -> Option<&str> {
    element.split_whitespace().nth(1)
}

fn is_ours(element: &str) -> bool {
    element.len() <= MAX_OWN_LENGTH && name(element).is_some_and(|name| name.starts_with("modelux-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (header::VIA, HeaderValue::from_str(value).unwrap())).collect()
    }

    fn onward(via: &Via, values: &[&str]) -> String {
        via.onward(&said(values)).unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn the_way_so_far_stays_and_this_proxy_comes_behind_it() {
        let via = Via::new(1);
        assert_eq!(onward(&via, &[]), "1.1 modelux-0000000000000001");
        assert_eq!(onward(&via, &["1.0 fred, 1.1 squid (3.5)", "1.1 x"]), "1.0 fred, 1.1 squid (3.5), 1.1 x, 1.1 modelux-0000000000000001");
    }

    #[test]
    fn a_request_that_was_here_is_seen_wherever_it_went_since() {
        let via = Via::new(1);
        for way in
            ["1.1 modelux-0000000000000001", "1.1 modelux-0000000000000001, 1.1 squid", "1.1 a,HTTP/1.1 modelux-0000000000000001 (x)"]
        {
            assert!(via.comes_back(&said(&[way])), "{way}");
        }
        assert!(via.comes_back(&said(&["1.1 a", &onward(&via, &["1.1 b"])])));
        for way in ["1.1 modelux-0000000000000002", "1.1 squid", ""] {
            assert!(!via.comes_back(&said(&[way])), "{way}");
        }
    }

    #[test]
    fn the_header_stays_short_and_loops_of_many_proxies_end() {
        let via = Via::new(1);
        let others = "1.1 somebody, ".repeat(200) + Via::new(2).onward(&HeaderMap::new()).unwrap().to_str().unwrap();
        assert_eq!(onward(&via, &[&others]), "1.1 modelux-0000000000000002, 1.1 modelux-0000000000000001");
        let mut way = HeaderMap::new();
        for number in 2..2 + MAX_HOPS as u64 {
            way.insert(header::VIA, Via::new(number).onward(&way).unwrap());
            assert!(!via.comes_back(&way));
        }
        way.insert(header::VIA, Via::new(99).onward(&way).unwrap());
        assert!(via.comes_back(&way));
    }
}
