//! Money in headers.

use catalog::Nanos;

/// Dollars as a plain decimal: `0.0051`, exact to the nano-dollar.
pub fn decimal(nanos: Nanos) -> String {
    let whole = nanos.0 / 1_000_000_000;
    let rest = format!("{:09}", (nanos.0 % 1_000_000_000).unsigned_abs());
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { whole.to_string() } else { format!("{whole}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (nanos, text) in [(0, "0"), (5_100_000, "0.0051"), (1, "0.000000001"), (12_000_000_000, "12"), (1_500_000_000, "1.5")] {
            assert_eq!(decimal(Nanos(nanos)), text);
        }
    }
}
