// SPDX-License-Identifier: GPL-2.0

//! What a livepatch may say of itself. `klpctl` includes this file, so it needs nothing but `core`.

/// The longest name of a fix, or version.
const LONGEST: usize = 64;

/// What is wrong with the name of a fix, as `CVE-2026-1234` or `kernel.org#218712`.
pub const fn fault_in_fix(name: &str) -> Option<&'static str> {
    if let Some(fault) = fault_in_word(name) {
        return Some(fault);
    }
    let name = name.as_bytes();
    let is_cve = name.len() >= 3
        && name[0].eq_ignore_ascii_case(&b'C')
        && name[1].eq_ignore_ascii_case(&b'V')
        && name[2].eq_ignore_ascii_case(&b'E');
    if is_cve && !is_cve_number(name) {
        return Some(
            "a CVE is written CVE-YEAR-NUMBER, as CVE-2026-1234, and scanners look for that",
        );
    }
    None
}

/// What is wrong with a patch's version.
pub const fn fault_in_version(version: &str) -> Option<&'static str> {
    fault_in_word(version)
}

/// What is wrong with a date.
pub const fn fault_in_date(date: &str) -> Option<&'static str> {
    let date = date.as_bytes();
    if date.len() != 10
        || date[4] != b'-'
        || date[7] != b'-'
        || !are_digits(date, 0, 4)
        || !are_digits(date, 5, 7)
        || !are_digits(date, 8, 10)
    {
        return Some("a date is written YYYY-MM-DD, as 2027-03-31");
    }
    let (year, month, day) = (number(date, 0, 4), number(date, 5, 7), number(date, 8, 10));
    if month < 1 || month > 12 {
        return Some("there are 12 months");
    }
    if day < 1 || day > days(year, month) {
        return Some("that month has no such day");
    }
    None
}

const fn fault_in_word(word: &str) -> Option<&'static str> {
    let word = word.as_bytes();
    if word.is_empty() {
        return Some("it is empty");
    }
    if word.len() > LONGEST {
        return Some("it is longer than 64 bytes");
    }
    if !word[0].is_ascii_alphanumeric() {
        return Some("it does not begin with a letter or a digit");
    }
    let mut i = 0;
    while i < word.len() {
        let is_good = word[i].is_ascii_alphanumeric()
            || matches!(
                word[i],
                b'-' | b'_' | b'.' | b':' | b'/' | b'+' | b'~' | b'#' | b'@'
            );
        if !is_good {
            return Some("it has something other than letters, digits and -_.:/+~#@");
        }
        i += 1;
    }
    None
}

/// `CVE-`, four digits, `-`, four digits or more.
const fn is_cve_number(name: &[u8]) -> bool {
    name.len() >= 13
        && name[0] == b'C'
        && name[1] == b'V'
        && name[2] == b'E'
        && name[3] == b'-'
        && are_digits(name, 4, 8)
        && name[8] == b'-'
        && are_digits(name, 9, name.len())
}

const fn are_digits(text: &[u8], from: usize, to: usize) -> bool {
    let mut i = from;
    while i < to {
        if !text[i].is_ascii_digit() {
            return false;
        }
        i += 1;
    }
    true
}

const fn number(text: &[u8], from: usize, to: usize) -> usize {
    let mut number = 0;
    let mut i = from;
    while i < to {
        number = number * 10 + (text[i] - b'0') as usize;
        i += 1;
    }
    number
}

const fn days(year: usize, month: usize) -> usize {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
