//! Shapes shared by several resources.

use agentidp_domain::page::Page;
use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub struct ListBody<T: ToSchema> {
    /// Entries of this page.
    pub data: Vec<T>,
    /// Matches over all pages.
    #[schema(minimum = 0, example = 1)]
    pub total: i64,
    /// Page number, from 1.
    #[schema(minimum = 1, example = 1)]
    pub page: u32,
    /// Entries per page.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    pub limit: u32,
}

impl<T: ToSchema> ListBody<T> {
    /// The wire form of a page.
    pub fn new<U>(page: Page<U>, convert: impl FnMut(U) -> T) -> Self {
        let page = page.map(convert);
        Self {
            total: page.total,
            page: page.request.page(),
            limit: page.request.limit(),
            data: page.items,
        }
    }
}
