//! What people and programs see: results on stdout, remarks on stderr, colours
//! and progress on terminals only.

use std::borrow::Cow;
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

/// Standard output and standard error of this run.
#[derive(Debug)]
pub(crate) struct Ui {
    output: OutputFormat,
    /// Whether the stream of the conversation shows colours.
    colour: bool,
    /// Whether stderr shows colours.
    colour_err: bool,
    /// Why stdout takes nothing more.
    lost: OnceLock<String>,
}

impl Ui {
    /// Colours follow the streams and `NO_COLOR`.
    pub(crate) fn new(output: OutputFormat) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let colour_err = wanted && io::stderr().is_terminal();
        let colour = match output {
            OutputFormat::Table => wanted && io::stdout().is_terminal(),
            OutputFormat::Json => colour_err,
        };
        Self {
            output,
            colour,
            colour_err,
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

    /// `text` as the conversation shows it, without control characters.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        painted(self.colour, tone, text)
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
        self.write(format_args!("{text}\n"));
    }

    /// The same without the end of the line.
    pub(crate) fn prompt(&self, text: impl Display) {
        self.write(format_args!("{text}"));
    }

    fn write(&self, text: impl Display) {
        match self.output {
            OutputFormat::Table => self.to_stdout(text),
            OutputFormat::Json => to_stderr(text),
        }
    }

    /// A document on stdout, on several lines.
    pub(crate) fn json(&self, document: &impl Serialize) {
        if let Ok(text) = serde_json::to_string_pretty(document) {
            self.to_stdout(format_args!("{text}\n"));
        }
    }

    /// A document on stdout, on one line.
    pub(crate) fn json_line(&self, document: &impl Serialize) {
        if let Ok(text) = serde_json::to_string(document) {
            self.to_stdout(format_args!("{text}\n"));
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
        to_stderr(format_args!("{mark} {}\n", clean(text)));
    }

    /// Why the command failed, on stderr.
    pub(crate) fn failure(&self, failure: &Failure) {
        match failure {
            Failure::Error(text) => {
                let mark = painted(self.colour_err, Tone::Bad, "Error:");
                to_stderr(format_args!("{mark} {}\n", clean(text)));
            }
            Failure::Plain(text) => to_stderr(format_args!("{}\n", clean(text))),
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
    let text = clean(text);
    if colour && tone != Tone::Plain {
        let style = tone.style();
        format!("{style}{text}{style:#}")
    } else {
        text.into_owned()
    }
}

/// Text of a server without what would steer the terminal.
fn clean(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(steers) {
        Cow::Owned(text.replace(steers, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
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
    fn nothing_a_server_says_steers_the_terminal() {
        let hostile = "a\u{1b}[2J\u{7}b\r\nc\td";
        assert_eq!(clean(hostile), "a\u{fffd}[2J\u{fffd}b\u{fffd}\nc\td");
        assert!(matches!(clean("plain ü"), Cow::Borrowed("plain ü")));
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
