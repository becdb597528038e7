//! The properties hold for the committed inputs and near them.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod replay;
