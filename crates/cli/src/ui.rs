//! What people and programs see: results on stdout, remarks on stderr, colours
//! and progress on terminals only.

use std::fmt::Display;
use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::sync::OnceLock;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::ProgressBar;
use serde::Serialize;

use crate::args::OutputFormat;
use crate::failure::{Failure, Outcome};
use crate::text;

/// Work that takes longer gets a spinner.
const PATIENCE: Duration = Duration::from_millis(400);
/// Time between two pictures of the spinner.
const TICK: Duration = Duration::from_millis(100);

/// What a piece of text means, and so how it is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It went well: green.
    Good,
    /// Something to look at: yellow.
    Warning,
    /// It went wrong: red.
    Bad,
    /// The name of what follows: bold.
    Label,
    /// An id, a token, an action: cyan.
    Id,
    /// A new secret: yellow.
    Secret,
    /// Of less interest: dim.
    Dim,
    /// As it is.
    Plain,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warning | Self::Secret => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Label => Style::new().bold(),
            Self::Id => AnsiColor::Cyan.on_default(),
            Self::Dim => Style::new().dimmed(),
            Self::Plain => Style::new(),
        }
    }
}

/// One of the two ways out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

/// Standard output and standard error of this run.
#[derive(Debug)]
pub(crate) struct Ui {
    output: OutputFormat,
    /// Where people are told what happens.
    talks_on: Stream,
    /// Where they are asked: never into a file or a pipe that takes the results.
    asks_on: Stream,
    /// Whether stdout shows colours.
    colour_out: bool,
    /// Whether stderr shows colours.
    colour_err: bool,
    /// Why stdout takes nothing more.
    lost: OnceLock<String>,
}

impl Ui {
    /// Colours follow the streams and `NO_COLOR`.
    pub(crate) fn new(output: OutputFormat) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let to_terminal = io::stdout().is_terminal();
        let (talks_on, asks_on) = match output {
            OutputFormat::Table if to_terminal => (Stream::Out, Stream::Out),
            OutputFormat::Table => (Stream::Out, Stream::Err),
            OutputFormat::Json => (Stream::Err, Stream::Err),
        };
        Self {
            output,
            talks_on,
            asks_on,
            colour_out: wanted && to_terminal,
            colour_err: wanted && io::stderr().is_terminal(),
            lost: OnceLock::new(),
        }
    }

    /// Whether everything so far has arrived.
    ///
    /// # Errors
    ///
    /// When a part of the output was lost.
    pub(crate) fn delivered(&self) -> Outcome<()> {
        self.lost.get().map_or(Ok(()), |cause| {
            Err(Failure::new(format!(
                "Standard output cannot be written: {cause}"
            )))
        })
    }

    /// Whether results go to a program.
    pub(crate) fn is_json(&self) -> bool {
        self.output == OutputFormat::Json
    }

    /// A value as the conversation shows it: on one line, and without what would
    /// steer the terminal.
    pub(crate) fn paint(&self, tone: Tone, value: &str) -> String {
        painted(self.has_colour(self.talks_on), tone, value)
    }

    /// The same as questions show it.
    pub(crate) fn paint_asked(&self, tone: Tone, value: &str) -> String {
        painted(self.has_colour(self.asks_on), tone, value)
    }

    fn has_colour(&self, stream: Stream) -> bool {
        match stream {
            Stream::Out => self.colour_out,
            Stream::Err => self.colour_err,
        }
    }

    /// A label and what it labels.
    pub(crate) fn labelled(&self, label: &str, tone: Tone, text: &str) {
        let label = self.paint(Tone::Label, label);
        self.talk(format!("{label} {}", self.paint(tone, text)));
    }

    /// `✓` and a text.
    pub(crate) fn success(&self, text: &str) {
        self.talk(format!("{} {text}", self.paint(Tone::Good, "✓")));
    }

    /// A line for people: on stdout, or on stderr when stdout is for a program.
    pub(crate) fn talk(&self, text: impl Display) {
        self.write(self.talks_on, format_args!("{text}\n"));
    }

    /// A question, without the end of the line: on the terminal if stdout is one,
    /// else on stderr.
    pub(crate) fn prompt(&self, text: impl Display) {
        self.write(self.asks_on, text);
    }

    /// `⚠` and what somebody has to know before the answer; the values in it are
    /// painted already.
    pub(crate) fn caution(&self, text: &str) {
        let mark = self.paint_asked(Tone::Warning, "⚠");
        self.prompt(format_args!("{mark} {text}\n"));
    }

    fn write(&self, stream: Stream, text: impl Display) {
        match stream {
            Stream::Out => self.to_stdout(text),
            Stream::Err => to_stderr(text),
        }
    }

    /// A document on stdout, on several lines.
    pub(crate) fn json(&self, document: &impl Serialize) {
        if let Ok(json) = serde_json::to_string_pretty(document) {
            self.to_stdout(format_args!("{}\n", text::document(&json)));
        }
    }

    /// A document on stdout, on one line.
    pub(crate) fn json_line(&self, document: &impl Serialize) {
        if let Ok(json) = serde_json::to_string(document) {
            self.to_stdout(format_args!("{}\n", text::document(&json)));
        }
    }

    /// Text that a shell reads, as it is.
    pub(crate) fn raw(&self, text: &str) {
        self.to_stdout(text);
    }

    /// Writes to stdout, until that fails for the first time: a result that gets
    /// lost is no success, and a question nobody sees has no answer.
    fn to_stdout(&self, text: impl Display) {
        if self.lost.get().is_some() {
            return;
        }
        let mut out = io::stdout().lock();
        if let Err(error) = write!(out, "{text}").and_then(|()| out.flush()) {
            self.lost.set(error.to_string()).ok();
        }
    }

    /// `⚠` and a text on stderr.
    pub(crate) fn warn(&self, text: &str) {
        let mark = painted(self.colour_err, Tone::Warning, "⚠");
        to_stderr(format_args!("{mark} {}\n", text::message(text)));
    }

    /// Why the command failed, on stderr.
    pub(crate) fn failure(&self, failure: &Failure) {
        match failure {
            Failure::Error(text) => {
                let mark = painted(self.colour_err, Tone::Bad, "Error:");
                to_stderr(format_args!("{mark} {}\n", text::message(text)));
            }
            Failure::Plain(text) => to_stderr(format_args!("{}\n", text::message(text))),
        }
    }

    /// A required option that is not there, on stderr.
    pub(crate) fn missing_option(&self, option: &str) {
        let mark = painted(self.colour_err, Tone::Bad, "error:");
        to_stderr(format_args!(
            "{mark} required option '{option}' not specified\n"
        ));
    }

    /// Does `work`, with a spinner on the terminal if it takes long.
    pub(crate) async fn busy<T>(&self, what: &'static str, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        if let Ok(done) = tokio::time::timeout(PATIENCE, work.as_mut()).await {
            return done;
        }
        // Hidden by itself where stderr is no terminal.
        let spinner = ProgressBar::new_spinner().with_message(what);
        spinner.enable_steady_tick(TICK);
        let done = work.await;
        spinner.finish_and_clear();
        done
    }
}

/// `text` in the colour of its tone.
fn painted(colour: bool, tone: Tone, text: &str) -> String {
    let text = text::one_line(text);
    if colour && tone != Tone::Plain {
        let style = tone.style();
        format!("{style}{text}{style:#}")
    } else {
        text.into_owned()
    }
}

/// Writes to stderr; there is nowhere to tell that it failed.
fn to_stderr(text: impl Display) {
    write!(io::stderr().lock(), "{text}").ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_surround_the_text_and_only_if_wanted() {
        let green = painted(true, Tone::Good, "✓");
        assert_eq!(green, "\u{1b}[32m✓\u{1b}[0m");
        assert_eq!(painted(false, Tone::Good, "✓"), "✓");
        assert_eq!(painted(true, Tone::Plain, "x"), "x");
    }

    #[test]
    fn a_value_neither_steers_the_terminal_nor_leaves_its_line() {
        let hostile = "a\u{1b}[2J\nb\u{202e}c";
        let expected = "a\\u001b[2J\\nb\\u202ec";
        assert_eq!(painted(false, Tone::Plain, hostile), expected);
        let red = format!("\u{1b}[31m{expected}\u{1b}[0m");
        assert_eq!(painted(true, Tone::Bad, hostile), red);
    }

    #[tokio::test]
    async fn work_is_done_whether_it_is_short_or_long() {
        let ui = Ui::new(OutputFormat::Table);
        assert_eq!(ui.busy("Working", async { 7 }).await, 7);
        tokio::time::pause();
        let long = async {
            tokio::time::sleep(PATIENCE * 2).await;
            8
        };
        assert_eq!(ui.busy("Working", long).await, 8);
    }
}
