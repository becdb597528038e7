//! What stands around the content of every page.

use crate::notice::Notice;
use crate::portal;
use crate::session::{Area, Visitor};

/// A link of the top bar.
#[derive(Debug)]
pub struct NavLink {
    /// Where it leads.
    pub href: &'static str,
    /// Its text.
    pub label: &'static str,
    /// Whether the page belongs to it.
    pub is_active: bool,
}

/// The frame of a page: title, top bar, line about the action before.
#[derive(Debug)]
pub struct Shell {
    /// Title of the window.
    pub title: &'static str,
    /// Where the brand leads.
    pub home: &'static str,
    /// Where the form to sign out goes.
    pub logout: &'static str,
    /// Links of the top bar.
    pub links: Vec<NavLink>,
    /// What every form of the page carries in the field `csrf`; empty without a
    /// session.
    pub form_token: String,
    /// Line at the top of the content.
    pub notice: Option<Notice>,
    /// Seconds after which the page loads itself again where no scripts run.
    pub reload: Option<u32>,
}

impl Shell {
    /// The frame of a page with these links, of which the one to `active` is
    /// highlighted.
    pub fn new(
        area: Area,
        links: &[(&'static str, &'static str)],
        active: &str,
        visitor: Option<&Visitor>,
    ) -> Self {
        let links = links.iter().map(|&(href, label)| NavLink {
            href,
            label,
            is_active: href == active,
        });
        Self {
            title: area.title(),
            home: area.base(),
            logout: area.logout(),
            links: links.collect(),
            form_token: visitor.map_or_else(String::new, |visitor| visitor.form_token.clone()),
            notice: None,
            reload: None,
        }
    }

    /// The frame of a page that belongs to nobody: no session, and no links but
    /// those to open pages.
    pub fn bare(area: Area) -> Self {
        let links: &[_] = match area {
            Area::Dashboard => &[],
            Area::Portal => &portal::LINKS,
        };
        Self::new(area, links, "", None)
    }

    /// Whether the page belongs to a session.
    pub fn is_signed_in(&self) -> bool {
        !self.form_token.is_empty()
    }
}
