// SPDX-License-Identifier: GPL-2.0

//! How often numbers are there. Comparing each with each would take the compiler long.

/// A number, and how often it is there.
#[derive(Clone, Copy)]
pub struct Counted {
    number: usize,
    /// 0, if the place is free.
    times: usize,
}

/// How many places there are for so many numbers. One at least stays free.
pub const fn places(numbers: usize) -> usize {
    (2 * numbers).next_power_of_two()
}

/// The numbers, each at the first free place from its own on.
pub const fn count<const PLACES: usize>(numbers: &[usize]) -> [Counted; PLACES] {
    let mut counted = [Counted {
        number: 0,
        times: 0,
    }; PLACES];
    let mut i = 0;
    while i < numbers.len() {
        let place = place_of(numbers[i], &counted);
        counted[place] = Counted {
            number: numbers[i],
            times: counted[place].times + 1,
        };
        i += 1;
    }
    counted
}

/// How often the number is there.
pub(super) const fn times(number: usize, counted: &[Counted]) -> usize {
    counted[place_of(number, counted)].times
}

/// Where the number is, or would be. Numbers that are alike begin far from each other.
const fn place_of(number: usize, counted: &[Counted]) -> usize {
    let mut place = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % counted.len();
    while counted[place].times != 0 && counted[place].number != number {
        place = (place + 1) % counted.len();
    }
    place
}
