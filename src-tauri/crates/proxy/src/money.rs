//! Money in headers.

/// Nano-dollars as dollars in a plain decimal: `0.0051`, exact.
pub fn decimal(nanos: u64) -> String {
    let whole = nanos / 1_000_000_000;
    let rest = format!("{:09}", nanos % 1_000_000_000);
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { whole.to_string() } else { format!("{whole}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (nanos, text) in [(0, "0"), (5_100_000, "0.0051"), (1, "0.000000001"), (12_000_000_000, "12"), (1_500_000_000, "1.5")] {
            assert_eq!(decimal(nanos), text);
        }
    }
}
