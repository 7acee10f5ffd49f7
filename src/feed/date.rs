//! Times as records write them.

use std::io::Write;

/// Appends a time in milliseconds since 1970 as `2026-01-01T00:00:00.000Z`.
pub(super) fn write(milliseconds: u64, out: &mut Vec<u8>) {
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
        .expect("a vector takes all");
}

/// Year, month and day of a day counted from 1970. Years begin in March here, so that leap days come last; 146,097 days
/// are 400 years (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + days / 146_097 * 400;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

#[cfg(test)]
mod tests {
    fn written(milliseconds: u64) -> String {
        let mut out = Vec::new();
        super::write(milliseconds, &mut out);
        String::from_utf8(out).expect("dates are text")
    }

    #[test]
    fn dates_are_right_around_leap_days_and_ends_of_years() {
        assert_eq!(written(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(written(1_767_225_600_000), "2026-01-01T00:00:00.000Z");
        assert_eq!(written(1_767_225_599_999), "2025-12-31T23:59:59.999Z");
        assert_eq!(written(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(written(4_107_542_399_005), "2100-02-28T23:59:59.005Z");
        assert_eq!(written(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
    }
}
