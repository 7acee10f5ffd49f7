//! Parts of a moment in UTC: year to millisecond, and the weeks of ISO 8601, of years and of months.

use crate::builtin::timestamp::{civil, days_since_1970};

/// JavaScript's dates end this many milliseconds before and after 1970.
pub(super) const MILLISECONDS_MAX: f64 = 8.64e15;

const DAY_MS: i64 = 86_400_000;

/// A moment with its date.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Since 1970-01-01.
    days: i64,
    /// Of the day.
    milliseconds: i64,
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
}

impl Moment {
    /// From milliseconds since 1970, within [`MILLISECONDS_MAX`].
    pub(super) fn new(milliseconds: i64) -> Moment {
        let days = milliseconds.div_euclid(DAY_MS);
        let (year, month, day) = civil(days);
        Moment { days, milliseconds: milliseconds.rem_euclid(DAY_MS), year, month, day }
    }

    pub(super) fn day_of_year(&self) -> i64 {
        self.days - days_since_1970(self.year, 1, 1) + 1
    }

    /// 1 for Monday to 7 for Sunday.
    pub(super) fn weekday(&self) -> i64 {
        weekday(self.days)
    }

    pub(super) fn hour(&self) -> i64 {
        self.milliseconds / 3_600_000
    }

    pub(super) fn minute(&self) -> i64 {
        self.milliseconds / 60_000 % 60
    }

    pub(super) fn second(&self) -> i64 {
        self.milliseconds / 1000 % 60
    }

    pub(super) fn millisecond(&self) -> i64 {
        self.milliseconds % 1000
    }

    /// The week's year and its number in that year; week 1 has the year's first Thursday.
    pub(super) fn week_of_year(&self) -> (i64, i64) {
        let start = |year| first_week(year, 1);
        let years = [self.year + 1, self.year, self.year - 1];
        let year = years.into_iter().find(|&year| start(year) <= self.days).unwrap_or(self.year);
        (year, (self.days - start(year)) / 7 + 1)
    }

    /// The week's month and its number in that month; week 1 has the month's first Thursday.
    pub(super) fn week_of_month(&self) -> (i64, i64) {
        let this = self.year * 12 + self.month - 1;
        let start = |month: i64| first_week(month.div_euclid(12), month.rem_euclid(12) + 1);
        let month = [this + 1, this, this - 1].into_iter().find(|&month| start(month) <= self.days).unwrap_or(this);
        (month.rem_euclid(12) + 1, (self.days - start(month)) / 7 + 1)
    }
}

/// 1970 began on a Thursday.
fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7) + 1
}

/// The Monday of the first week of a month, in days since 1970.
fn first_week(year: i64, month: i64) -> i64 {
    let first = days_since_1970(year, month, 1);
    match weekday(first) {
        weekday @ 5.. => first + 8 - weekday,
        weekday => first + 1 - weekday,
    }
}

/// Milliseconds since 1970 of a date and a time whose parts may be too large, as JavaScript's `Date.UTC`: years 0 to 99
/// are of the twentieth century. The month counts from 0. None for what is not within [`MILLISECONDS_MAX`].
pub(super) fn utc(year: f64, month: f64, day: f64, time_ms: f64) -> Option<i64> {
    let year = if (0.0..100.0).contains(&year) { year + 1900.0 } else { year };
    if !(year.abs() < 300_000.0 && month.abs() < 1e6) {
        return None;
    }
    let months = year as i64 * 12 + month as i64;
    let days = days_since_1970(months.div_euclid(12), months.rem_euclid(12) + 1, 1) as f64 + day - 1.0;
    let milliseconds = days * DAY_MS as f64 + time_ms;
    (milliseconds.abs() <= MILLISECONDS_MAX).then_some(milliseconds as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(year: i64, month: i64, day: i64) -> Moment {
        Moment::new(days_since_1970(year, month, day) * DAY_MS)
    }

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        for (date, expected) in [
            ((2005, 1, 1), (2004, 53)),
            ((2006, 1, 2), (2006, 1)),
            ((2007, 12, 31), (2008, 1)),
            ((2009, 12, 31), (2009, 53)),
            ((2010, 1, 3), (2009, 53)),
            ((2018, 6, 1), (2018, 22)),
        ] {
            assert_eq!(on(date.0, date.1, date.2).week_of_year(), expected, "{date:?}");
        }
    }

    #[test]
    fn weeks_belong_to_the_month_of_their_thursday() {
        assert_eq!(on(2005, 1, 1).week_of_month(), (12, 5));
        assert_eq!(on(2014, 12, 30).week_of_month(), (1, 1));
        assert_eq!(on(2018, 1, 31).week_of_month(), (2, 1));
    }

    #[test]
    fn dates_overflow_into_the_next_month() {
        assert_eq!(utc(2018.0, 1.0, 31.0, 0.0), Some(on(2018, 3, 3).days * DAY_MS));
        assert_eq!(utc(18.0, 12.0, 1.0, 0.0), Some(on(1919, 1, 1).days * DAY_MS));
        assert_eq!(utc(1e300, 0.0, 1.0, 0.0), None);
        assert_eq!(utc(f64::NAN, 0.0, 1.0, 0.0), None);
        assert_eq!(utc(2018.0, 0.0, f64::INFINITY, 0.0), None);
    }
}
