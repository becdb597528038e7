//! The heat map of activity by weekday and hour.

use agentidp_domain::analytics::ActivityCell;

use crate::text::count;

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// Where the first cell is, and how far the next ones are, in units of the
/// drawing.
const LEFT: i64 = 44;
const TOP: i64 = 22;
const ACROSS: i64 = 27;
const DOWN: i64 = 24;

/// Strengths of colour of cells with activity.
const STRENGTHS: i64 = 4;

/// Seven days of 24 hours (UTC).
pub struct HeatMap {
    /// The map in words.
    pub summary: String,
    /// Whether nothing happened.
    pub is_empty: bool,
    /// The days, Sunday first.
    pub rows: Vec<Row>,
    /// The hours, with their places.
    pub hours: Vec<Hour>,
}

/// A day of the week.
pub struct Row {
    /// Its name.
    pub day: &'static str,
    /// Its name in short.
    pub short: String,
    /// Where it is.
    pub y: i64,
    /// Its hours.
    pub cells: Vec<Cell>,
}

/// An hour of a day of the week.
pub struct Cell {
    /// What is shown on hover.
    pub title: String,
    /// How much happened.
    pub count: String,
    /// 0 for nothing, up to 4 for the most.
    pub strength: i64,
    /// Where it is.
    pub x: i64,
}

/// An hour of all days.
pub struct Hour {
    /// `00`–`23`.
    pub text: String,
    /// Where it is.
    pub x: i64,
    /// Whether the drawing names it; not all have room.
    pub is_named: bool,
}

impl HeatMap {
    /// The map of these cells; absent ones are 0.
    pub fn new(cells: &[ActivityCell]) -> Self {
        let most = cells.iter().map(|cell| cell.count).max().unwrap_or(0);
        let at = |day: u32, hour: u32| {
            let mut found = cells.iter();
            let cell = found.find(|cell| (cell.day_of_week, cell.hour) == (day, hour));
            cell.map_or(0, |cell| cell.count)
        };
        let row = |(index, day): (u32, &'static str)| Row {
            day,
            short: day.chars().take(3).collect(),
            y: TOP + DOWN * i64::from(index),
            cells: (0..24)
                .map(|hour| Cell::new(day, hour, at(index, hour), most))
                .collect(),
        };
        Self {
            summary: summary(cells),
            is_empty: most == 0,
            rows: (0..).zip(WEEKDAYS).map(row).collect(),
            hours: (0..24).map(Hour::new).collect(),
        }
    }
}

impl Cell {
    fn new(day: &str, hour: u32, number: i64, most: i64) -> Self {
        let number = number.max(0);
        // Whatever happened is seen: rounded up.
        let strength = (number.saturating_mul(STRENGTHS) + most.max(1) - 1) / most.max(1);
        Self {
            title: format!("{day} {hour:02}:00 UTC: {}", count(number)),
            count: count(number),
            strength: strength.min(STRENGTHS),
            x: column(hour),
        }
    }
}

impl Hour {
    fn new(hour: u32) -> Self {
        Self {
            text: format!("{hour:02}"),
            x: column(hour),
            is_named: hour.is_multiple_of(3),
        }
    }
}

fn column(hour: u32) -> i64 {
    LEFT + ACROSS * i64::from(hour)
}

fn summary(cells: &[ActivityCell]) -> String {
    let total: i64 = cells.iter().map(|cell| cell.count).sum();
    let total = count(total);
    let busiest = cells.iter().max_by_key(|cell| cell.count);
    let named = busiest.and_then(|cell| {
        let index = usize::try_from(cell.day_of_week).ok()?;
        Some((cell, WEEKDAYS.get(index)?))
    });
    match named {
        None => "Activity by weekday and hour: none".to_owned(),
        Some((cell, day)) => format!(
            "Activity by weekday and hour: {total} in total, most on {day} at {:02}:00 UTC with {}",
            cell.hour,
            count(cell.count)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hour_of_the_week_has_its_place_and_strength() {
        let cell = |day_of_week, hour, count| ActivityCell {
            day_of_week,
            hour,
            count,
        };
        let map = HeatMap::new(&[cell(0, 23, 1), cell(1, 9, 120), cell(6, 0, 31)]);
        assert_eq!(map.rows.len(), 7);
        assert!(map.rows.iter().all(|row| row.cells.len() == 24));
        let strength = |day: usize, hour: usize| map.rows[day].cells[hour].strength;
        assert_eq!(
            [
                strength(0, 23),
                strength(1, 9),
                strength(6, 0),
                strength(3, 3)
            ],
            [1, 4, 2, 0]
        );
        assert_eq!(map.rows[1].cells[9].title, "Monday 09:00 UTC: 120");
        assert_eq!(
            map.summary,
            "Activity by weekday and hour: 152 in total, most on Monday at 09:00 UTC with 120"
        );
    }

    #[test]
    fn a_quiet_week_is_a_map_of_zeros() {
        let map = HeatMap::new(&[]);
        assert!(map.is_empty);
        let mut cells = map.rows.iter().flat_map(|row| &row.cells);
        assert!(cells.all(|cell| cell.strength == 0 && cell.count == "0"));
    }
}
