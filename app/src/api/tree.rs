//! JSON read into one small tree, and wire types read from that.
//!
//! serde derives a parser for each type it reads, and on the sign-in page those weighed more than
//! the page. The types that page needs share this one parser instead. Pages beyond it, which are
//! fetched ahead, derive theirs as usual.

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

/// A JSON value, as far as these types need it: numbers are whole, and no field is a flag.
pub(crate) enum Tree {
    Null,
    Flag,
    Number(i64),
    Text(String),
    List(Vec<Tree>),
    Fields(Fields),
}

/// The fields of a JSON object, taken out one by one.
pub(crate) struct Fields(Vec<(String, Tree)>);

/// A type that is read from a tree.
pub(crate) trait FromTree: Sized {
    /// What the tree holds; `None` when it isn't one of these.
    fn from_tree(tree: Tree) -> Option<Self>;
}

impl Tree {
    pub(crate) fn fields(self) -> Option<Fields> {
        if let Self::Fields(fields) = self { Some(fields) } else { None }
    }

    pub(crate) fn list(self) -> Option<Vec<Self>> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    pub(crate) fn text(self) -> Option<String> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

impl Fields {
    /// A field; `None` when it is missing or null.
    pub(crate) fn take(&mut self, name: &str) -> Option<Tree> {
        let (_, tree) = self.0.iter_mut().find(|(key, _)| key == name)?;
        match std::mem::replace(tree, Tree::Null) {
            Tree::Null => None,
            tree => Some(tree),
        }
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.take(name)?.text()
    }

    pub(crate) fn number(&mut self, name: &str) -> Option<i64> {
        if let Tree::Number(number) = self.take(name)? { Some(number) } else { None }
    }

    pub(crate) fn count<N: TryFrom<i64>>(&mut self, name: &str) -> Option<N> {
        N::try_from(self.number(name)?).ok()
    }

    pub(crate) fn read<T: FromTree>(&mut self, name: &str) -> Option<T> {
        T::from_tree(self.take(name)?)
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Tree;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E: Error>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Tree, E> {
                Ok(Tree::Flag)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Tree, E> {
                Ok(Tree::Number(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Tree, E> {
                i64::try_from(number).map(Tree::Number).map_err(|_| E::custom("number"))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Tree, E> {
                Ok(Tree::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Tree::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    fields.push(entry);
                }
                Ok(Tree::Fields(Fields(fields)))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// Reads `$type` from a tree wherever it is read at all.
macro_rules! read_from_tree {
    ($($type:ty),+) => {
        $(impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let tree = $crate::api::tree::Tree::deserialize(deserializer)?;
                $crate::api::tree::FromTree::from_tree(tree).ok_or_else(|| serde::de::Error::custom("shape"))
            }
        })+
    };
}
pub(crate) use read_from_tree;
