//! Vector indexes: what one is asked to be (aws-facts 11.1), and as what the emulator works with it.

use super::{
    KeyAttribute,
    definition::{Definition, Projection, ProjectionType, projection, text},
};
use crate::{
    emulator::shape::{Member, Sent, Shape},
    wire::json::Writer,
};

/// The members of a vector index, of which nothing can be changed later.
pub(super) const VECTOR_MEMBERS: &[Member] = &[
    Member("IndexName", Shape::Text),
    Member(
        "VectorAttribute",
        Shape::Structure("VectorAttributeDefinition", &[Member("AttributeName", Shape::Text)]),
    ),
    Member(
        "SearchSchema",
        Shape::List(&Shape::Structure(
            "SearchSchemaElement",
            &[Member("AttributeName", Shape::Text), Member("SearchSchemaElementType", Shape::Text)],
        )),
    ),
    Member("Projection", super::definition::PROJECTION),
    Member("Dimensions", Shape::Long),
    Member("DistanceFunction", Shape::Text),
];
/// A vector index.
pub const VECTOR: Shape = Shape::Structure("VectorIndex", VECTOR_MEMBERS);

/// A vector index as CreateTable describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the members are the API's own
pub struct VectorDefinition {
    pub name: Box<str>,
    pub attribute: Box<str>,
    pub search: Vec<SearchElement>,
    pub projection: Projection,
    pub dimensions: i64,
    pub distance: Distance,
}

/// One element of a search schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchElement {
    /// The attribute.
    pub name: Box<str>,
    /// Whether it is the HASH, which every search has to name, and not an INLINE_FILTER.
    pub hash: bool,
}

/// How near two vectors are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Distance {
    /// By the angle between them.
    #[default]
    Cosine,
    /// By their product: the larger, the nearer.
    DotProduct,
    /// By the straight line between them.
    Euclidean,
}

impl Distance {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Cosine, Self::DotProduct, Self::Euclidean];

    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cosine => "COSINE",
            Self::DotProduct => "DOT_PRODUCT",
            Self::Euclidean => "EUCLIDEAN",
        }
    }
}

/// A vector index as the emulator works with it.
#[derive(Clone, Debug)]
pub struct VectorIndex {
    /// The name.
    pub name: Box<str>,
    /// The number its entries have in the store, which no other index of the table has.
    pub slot: u8,
    /// The attribute with the vector.
    pub attribute: Box<str>,
    /// How long a vector is.
    pub dimensions: usize,
    /// What near means.
    pub distance: Distance,
    /// The attribute that every search names, if there is one.
    pub hash: Option<KeyAttribute>,
    /// The attributes that a search may name.
    pub filters: Vec<KeyAttribute>,
    /// What an entry holds besides the keys; `None` is everything.
    pub projected: Option<Vec<Box<str>>>,
}

impl VectorDefinition {
    /// Reads the members, whose rules they keep.
    #[must_use]
    pub fn read(sent: &Sent<'_>) -> Self {
        let inside = sent.structure("VectorAttribute");
        let element = |one: Sent<'_>| {
            let hash = one.text("SearchSchemaElementType").as_deref() == Some("HASH");
            Some(SearchElement { name: text(&one, "AttributeName")?, hash })
        };
        let distance = sent.text("DistanceFunction");
        let named = |known: &Distance| Some(known.name()) == distance.as_deref();
        Self {
            name: text(sent, "IndexName").unwrap_or_default(),
            attribute: inside.and_then(|sent| text(&sent, "AttributeName")).unwrap_or_default(),
            search: sent.structures("SearchSchema").filter_map(element).collect(),
            projection: projection(sent),
            dimensions: sent.long("Dimensions").unwrap_or_default(),
            distance: Distance::ALL.into_iter().find(named).unwrap_or_default(),
        }
    }

    /// Reads a list of them; `None` if there is no such member.
    #[must_use]
    pub fn read_all(sent: &Sent<'_>, member: &str) -> Option<Vec<Self>> {
        sent.has(member).then(|| sent.structures(member).map(|one| Self::read(&one)).collect())
    }

    /// Writes the structure as [`VectorDefinition::read`] reads it.
    pub fn write(&self, json: &mut Writer) {
        json.object(|json| {
            self.write_shape(json);
            json.key("IndexName");
            json.string(&self.name);
            self.projection.write(json);
            self.write_search(json);
        });
    }

    /// Writes `Dimensions` and `DistanceFunction`.
    pub fn write_shape(&self, json: &mut Writer) {
        json.key("Dimensions");
        json.number(self.dimensions);
        json.key("DistanceFunction");
        json.string(self.distance.name());
    }

    /// Writes `SearchSchema`, if there is one, and `VectorAttribute`.
    pub fn write_search(&self, json: &mut Writer) {
        if !self.search.is_empty() {
            json.key("SearchSchema");
            json.array(|json| {
                for element in &self.search {
                    json.object(|json| {
                        json.key("AttributeName");
                        json.string(&element.name);
                        json.key("SearchSchemaElementType");
                        json.string(if element.hash { "HASH" } else { "INLINE_FILTER" });
                    });
                }
            });
        }
        json.key("VectorAttribute");
        json.object(|json| {
            json.key("AttributeName");
            json.string(&self.attribute);
        });
    }

    /// The index as the emulator works with it.
    pub(super) fn index(&self, slot: u8, table: &Definition) -> VectorIndex {
        let side = |hash: bool| {
            let elements = self.search.iter().filter(move |element| element.hash == hash);
            elements.filter_map(|element| {
                let kind = table.attribute(&element.name)?;
                Some(KeyAttribute { name: element.name.clone(), kind })
            })
        };
        VectorIndex {
            name: self.name.clone(),
            slot,
            attribute: self.attribute.clone(),
            dimensions: usize::try_from(self.dimensions).unwrap_or_default(),
            distance: self.distance,
            hash: side(true).next(),
            filters: side(false).collect(),
            projected: match self.projection.kind {
                Some(ProjectionType::All) | None => None,
                _ => Some(self.projection.attributes.clone().unwrap_or_default()),
            },
        }
    }
}

impl VectorIndex {
    /// The attributes of the search schema, HASH first.
    pub fn search(&self) -> impl Iterator<Item = &KeyAttribute> + Clone {
        self.hash.iter().chain(&self.filters)
    }
}
