//! Questions, and answers that nobody may read over one's shoulder.

use std::io::{self, BufRead, IsTerminal, Read};

use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use sentryagent_idp::{ExposeSecret, SecretString};

use crate::failure::{Failure, Outcome};
use crate::ui::Ui;

/// No answer is longer, in bytes.
const MAX_ANSWER: usize = 4096;

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const BACKSPACE: u8 = 8;
const CTRL_U: u8 = 21;
const DELETE: u8 = 127;

/// Asks and returns the trimmed answer; empty at the end of the input.
pub(crate) fn ask(ui: &Ui, question: &str) -> Outcome<String> {
    let answer = visible(ui, question).map_err(unreadable)?;
    ui.delivered()?;
    Ok(answer)
}

/// The same for a secret: on a terminal each letter is shown as `*`.
pub(crate) fn ask_secret(ui: &Ui, question: &str) -> Outcome<SecretString> {
    let answer = if io::stdin().is_terminal() {
        hidden(ui, question)
    } else {
        visible(ui, question)
    };
    let answer = answer.map(SecretString::from).map_err(unreadable)?;
    ui.delivered()?;
    Ok(answer)
}

/// A secret from standard input, without a question.
pub(crate) fn read_secret() -> Outcome<SecretString> {
    line().map(SecretString::from).map_err(unreadable)
}

/// Stops at an empty answer to the question for `what`.
pub(crate) fn not_empty(answer: &str, what: &str) -> Outcome<()> {
    if answer.is_empty() {
        Err(Failure::Plain(format!("{what} cannot be empty.")))
    } else {
        Ok(())
    }
}

/// The same for a secret.
pub(crate) fn secret_not_empty(secret: &SecretString) -> Outcome<()> {
    not_empty(secret.expose_secret(), "Client Secret")
}

fn unreadable(error: io::Error) -> Failure {
    Failure::new(format!("Standard input cannot be read: {error}"))
}

/// An answer that the terminal, if there is one, shows while it is typed.
fn visible(ui: &Ui, question: &str) -> io::Result<String> {
    ui.prompt(question);
    let answer = line()?;
    if !io::stdin().is_terminal() {
        // No terminal has ended the line.
        ui.prompt("\n");
    }
    Ok(answer)
}

/// A line of standard input, trimmed.
fn line() -> io::Result<String> {
    let mut line = String::new();
    // Bounded: nobody types or pipes more than this on purpose.
    let limit = u64::try_from(MAX_ANSWER).unwrap_or(u64::MAX);
    io::stdin().lock().take(limit).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// An answer from the terminal that does not appear on it.
fn hidden(ui: &Ui, question: &str) -> io::Result<String> {
    // Before the question: what is typed as soon as it appears is hidden too.
    let quiet = Quiet::begin()?;
    ui.prompt(question);
    let typed = edit(io::stdin().lock(), &mut |picture| ui.prompt(picture));
    drop(quiet);
    ui.prompt("\n");
    match typed? {
        Some(answer) => Ok(answer.trim().to_owned()),
        None => {
            // What the terminal would have done by itself.
            kill_process(getpid(), Signal::INT)?;
            Err(io::ErrorKind::Interrupted.into())
        }
    }
}

/// The terminal without echo, letter by letter, as long as the value lives.
struct Quiet {
    before: Termios,
}

impl Quiet {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut modes = before.clone();
        modes
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(io::stdin(), OptionalActions::Now, &modes)?;
        Ok(Self { before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // A terminal that went away needs nothing back.
        tcsetattr(io::stdin(), OptionalActions::Now, &self.before).ok();
    }
}

/// Reads up to the end of the line and shows pictures of what is typed. `None`
/// after Ctrl+C.
fn edit(input: impl BufRead, show: &mut dyn FnMut(&str)) -> io::Result<Option<String>> {
    let mut typed = String::new();
    let mut letter = Vec::new();
    for byte in input.bytes() {
        match byte? {
            CTRL_C => return Ok(None),
            CTRL_D | b'\n' | b'\r' => break,
            BACKSPACE | DELETE => {
                if typed.pop().is_some() {
                    show("\u{8} \u{8}");
                }
            }
            CTRL_U => {
                show(&"\u{8} \u{8}".repeat(typed.chars().count()));
                typed.clear();
            }
            control if control.is_ascii_control() => {}
            byte => {
                letter.push(byte);
                if typed.len() < MAX_ANSWER
                    && let Ok(whole) = std::str::from_utf8(&letter)
                {
                    typed.push_str(whole);
                    letter.clear();
                    show("*");
                } else if letter.len() >= 4 {
                    letter.clear();
                }
            }
        }
    }
    Ok(Some(typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is made of these keys, and what stands on the screen.
    fn typed(keys: &str) -> (Option<String>, String) {
        let mut screen = String::new();
        let read = edit(keys.as_bytes(), &mut |picture| screen.push_str(picture)).unwrap();
        (read, screen)
    }

    #[test]
    fn letters_are_shown_as_stars() {
        assert_eq!(
            typed("ab\u{e9}\nrest"),
            (Some("abé".to_owned()), "***".to_owned())
        );
        assert_eq!(typed("ab\r").0.as_deref(), Some("ab"));
        assert_eq!(typed("").0.as_deref(), Some(""));
        assert_eq!(typed("ab\u{4}c").0.as_deref(), Some("ab"));
    }

    #[test]
    fn what_is_typed_can_be_taken_back() {
        let (read, screen) = typed("a\u{e9}\u{7f}\u{7f}\u{7f}b\n");
        assert_eq!(read.as_deref(), Some("b"));
        assert_eq!(screen, "**\u{8} \u{8}\u{8} \u{8}*");
        assert_eq!(typed("abc\u{15}d\n").0.as_deref(), Some("d"));
    }

    #[test]
    fn control_c_ends_it_and_other_control_characters_are_nothing() {
        assert_eq!(typed("ab\u{3}c\n").0, None);
        assert_eq!(typed("\u{1b}ab\tc\n").0.as_deref(), Some("abc"));
    }

    #[test]
    fn an_endless_answer_ends() {
        let (read, _) = typed(&"x".repeat(MAX_ANSWER * 2));
        assert_eq!(read.map(|read| read.len()), Some(MAX_ANSWER));
    }

    #[test]
    fn an_empty_answer_is_named() {
        let expected = Failure::Plain("Client ID cannot be empty.".to_owned());
        assert_eq!(not_empty("", "Client ID"), Err(expected));
        assert_eq!(not_empty("x", "Client ID"), Ok(()));
    }
}
