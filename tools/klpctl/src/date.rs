// SPDX-License-Identifier: GPL-2.0

//! Days, as patches name them.

use crate::patch::fault_in_date;
use serde::{Serialize, Serializer};
use std::{
    fmt,
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u32,
    month: u32,
    day: u32,
}

impl Date {
    /// The day that it is now, in UTC.
    pub fn today() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self::after_epoch(since.unwrap_or_default().as_secs() / 86_400)
    }

    /// The day that is so many days after the first of 1970.
    ///
    /// Years are counted from March on, so that the leap day is the last one.
    fn after_epoch(days: u64) -> Self {
        let days = days + 719_468; // since 0000-03-01
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153; // since March
        let is_next = month >= 10;
        Self {
            year: (era * 400 + year + u64::from(is_next)) as u32,
            month: (if is_next { month - 9 } else { month + 3 }) as u32,
            day: (day - (153 * month + 2) / 5 + 1) as u32,
        }
    }

    /// How many days after the first of 1970 it is.
    fn days_after_epoch(self) -> i64 {
        let is_early = self.month <= 2;
        let year = i64::from(self.year) - i64::from(is_early);
        let month = i64::from(self.month) + if is_early { 9 } else { -3 };
        let day = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719_468
    }

    /// When it begins, in seconds after the first of 1970.
    pub fn seconds(self) -> i64 {
        self.days_after_epoch() * 86_400
    }
}

impl FromStr for Date {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(fault) = fault_in_date(text) {
            return Err(fault);
        }
        let part = |from, to| text.get(from..to).and_then(|part| part.parse().ok());
        match (part(0, 4), part(5, 7), part(8, 10)) {
            (Some(year), Some(month), Some(day)) => Ok(Self { year, month, day }),
            _ => Err("no date"),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        for (days, date) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (789, "1972-02-29"),
            (11_016, "2000-02-29"),
            (20_908, "2027-03-31"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(Date::after_epoch(days).to_string(), date);
            let date: Date = date.parse().unwrap();
            assert_eq!(date.seconds(), days as i64 * 86_400);
        }
    }

    #[test]
    fn a_day_that_does_not_exist_is_none() {
        for text in [
            "2027-02-29",
            "2100-02-29",
            "2027-13-01",
            "2027-00-10",
            "2027-04-31",
            "2027-1-1",
            "+027-01-01",
            "2027-01-0x",
            "",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        assert!("2000-02-29".parse::<Date>().is_ok());
    }
}
