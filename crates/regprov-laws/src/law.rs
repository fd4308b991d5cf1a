//! The laws that hold for every resource type.

use crate::World;
use regprov_provider::{
    AnyCreate, AnyDelete, AnyFind, AnyPlan, AnyRead, AnyReadMany, AnyResource, AnyUpdate, Created, Deleted,
    Error, ErrorKind, Mark, Observed, Partial,
};
use regprov_schema::{Attribute, Block, Meaning, Nesting};
use regprov_value::{Data, Type, Value, from_json, to_json};
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::Duration;

/// One resource type of a world.
pub struct Law<'w> {
    /// The world it is held in.
    pub world: &'w World,
    /// The type.
    pub resource: Arc<dyn AnyResource>,
}

/// What the planner does to an object: blocks that were not written are empty, defaults stand in.
fn complete(block: &Block, value: &Value) -> Value {
    let Data::Object(entries) = &value.data else {
        return value.clone();
    };
    let mut entries = (**entries).clone();
    for (name, attribute) in &block.attributes {
        let slot = entries.get_mut(*name).expect("the object has every attribute");
        if let (true, Some(default)) = (slot.is_null(), &attribute.default) {
            *slot = default.clone();
        }
    }
    for (name, nested) in &block.blocks {
        let slot = entries.get_mut(*name).expect("the object has every block");
        let element = nested.block.implied_type();
        let items: Vec<Value> = slot
            .as_items()
            .unwrap_or_default()
            .iter()
            .map(|item| complete(&nested.block, item))
            .collect();
        *slot = match nested.nesting {
            Nesting::Single => slot.clone(),
            Nesting::List => Value::list(element, items),
            Nesting::Set => Value::set(element, items),
        };
    }
    Data::Object(Arc::new(entries)).into()
}

fn is_zero(value: &Value) -> bool {
    match &value.data {
        Data::Null(_) => true,
        Data::Bool(value) => !value,
        Data::String(text) => text.is_empty(),
        Data::Number(number) => number.to_string() == "0",
        Data::List(_, items) | Data::Set(_, items) => items.is_empty(),
        Data::Map(_, entries) => entries.is_empty(),
        Data::Unknown(_) | Data::Tuple(_) | Data::Object(_) => false,
    }
}

fn same(attribute: &Attribute, left: &Value, right: &Value) -> bool {
    match attribute.meaning {
        Meaning::ZeroIsNull if is_zero(left) && is_zero(right) => true,
        Meaning::By(same) => same(left, right),
        Meaning::Location => {
            let bare = |value: &Value| value.as_str().map(|text| text.replace(' ', "").to_lowercase());
            bare(left) == bare(right)
        }
        Meaning::Instant => {
            let instant = |value: &Value| {
                value
                    .as_str()
                    .and_then(|text| text.parse::<jiff::Timestamp>().ok())
            };
            instant(left) == instant(right)
        }
        Meaning::IgnoreCase => match (left.as_str(), right.as_str()) {
            (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
            (_, _) => left == right,
        },
        _ => left == right,
    }
}

/// Where an object is not what was written: dotted paths. What was not written counts only where it must be null.
#[must_use]
pub fn differences(block: &Block, written: &Value, object: &Value, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    let part = |value: &Value, name: &str| {
        value
            .get(name)
            .cloned()
            .unwrap_or_else(|| Value::null(Type::Dynamic))
    };
    for (name, attribute) in &block.attributes {
        let (left, right) = (part(written, name), part(object, name));
        let open = left.is_null() && (attribute.computed || attribute.once);
        if !open && !same(attribute, &left, &right) {
            found.push(format!("{prefix}{name}: {left:?} became {right:?}"));
        }
    }
    for (name, nested) in &block.blocks {
        let (left, right) = (part(written, name), part(object, name));
        let (left, right) = (
            left.as_items().unwrap_or_default(),
            right.as_items().unwrap_or_default(),
        );
        if left.is_empty() && nested.computed {
            continue;
        }
        if left.len() != right.len() {
            found.push(format!(
                "{prefix}{name}: {} blocks became {}",
                left.len(),
                right.len()
            ));
            continue;
        }
        for (left, right) in left.iter().zip(right) {
            found.extend(differences(
                &nested.block,
                left,
                right,
                &format!("{prefix}{name}."),
            ));
        }
    }
    found
}

impl<'w> Law<'w> {
    /// The law of a type in a world.
    #[must_use]
    pub fn new(world: &'w World, name: &str) -> Self {
        Self {
            world,
            resource: world.resource(name),
        }
    }

    fn block(&self) -> &Block {
        &self.resource.schema().block
    }

    /// The planned object of a configuration.
    #[must_use]
    pub fn desired(&self, config: &Json) -> Value {
        let ty = self.block().implied_type();
        let written = from_json(config, &ty)
            .unwrap_or_else(|error| panic!("the configuration is of the schema: {error}"));
        complete(self.block(), &written)
    }

    /// The planned object of a changed configuration: what is decided stays, but for what the change opens again.
    fn changed(&self, prior: &Value, config: &Json) -> Value {
        let desired = self.desired(config);
        let Data::Object(entries) = &desired.data else {
            unreachable!("it is an object")
        };
        let mut entries = (**entries).clone();
        for (name, attribute) in &self.block().attributes {
            let opens = attribute
                .recomputed_by
                .iter()
                .any(|argument| prior.get(argument) != desired.get(argument));
            let kept = attribute.computed && !opens && desired.get(name).is_none_or(Value::is_null);
            if let (true, Some(value)) = (kept, prior.get(name)) {
                entries.insert((*name).into(), value.clone());
            }
        }
        for (name, nested) in &self.block().blocks {
            let unwritten = desired.get(name).is_none_or(is_zero);
            if let (true, true, Some(value)) = (nested.computed, unwritten, prior.get(name)) {
                entries.insert((*name).into(), value.clone());
            }
        }
        Data::Object(Arc::new(entries)).into()
    }

    /// Waits where the engine would; `Err` is what the engine would not wait for.
    fn wait(&self, error: Error) -> Result<(), Error> {
        match error.kind {
            ErrorKind::NotYetVisible
            | ErrorKind::Throttled(_)
            | ErrorKind::Conflict
            | ErrorKind::Transient => {
                self.world.sandbox.clock().advance(Duration::from_secs(1));
                Ok(())
            }
            _ => Err(error),
        }
    }

    async fn settle(&self, object: Value) -> Result<Value, Error> {
        let id = self
            .resource
            .id(&object)
            .expect("a pending object has an identity");
        for _ in 0..200 {
            match self.read(&id, Some(&object)).await? {
                Observed::Present(object) => return Ok(object),
                Observed::Settling(_) | Observed::Absent => {
                    self.world.sandbox.clock().advance(Duration::from_secs(1));
                }
            }
        }
        panic!("{id} does not settle")
    }

    /// Reads an object.
    ///
    /// # Errors
    /// What the provider says.
    pub async fn read(&self, id: &str, prior: Option<&Value>) -> Result<Observed<Value>, Error> {
        let connection = self.world.connection(self.resource.type_name());
        self.resource
            .read(AnyRead {
                connection,
                id,
                prior,
            })
            .await
    }

    /// Creates, as the engine does.
    ///
    /// # Errors
    /// What the engine would not wait for.
    pub async fn create(&self, desired: &Value, mark: &Mark) -> Result<Value, Error> {
        let connection = self.world.connection(self.resource.type_name());
        let desired = &self.resource.prepare(desired, mark)?;
        let mut step = None;
        for _ in 0..200 {
            let request = AnyCreate {
                connection,
                desired,
                mark,
                step: step.as_ref(),
            };
            match self.resource.create(request).await {
                Ok(Created::Done(object)) => return Ok(object),
                Ok(Created::Step(object)) => step = Some(object),
                Ok(Created::Pending { object, .. }) => return self.settle(object).await,
                Err(error) => self.wait(error)?,
            }
        }
        panic!("the create does not end")
    }

    /// Changes, as the engine does.
    ///
    /// # Errors
    /// What the engine would not wait for.
    pub async fn update(&self, prior: &Value, desired: &Value) -> Result<Value, Error> {
        let connection = self.world.connection(self.resource.type_name());
        let id = self.resource.id(prior).expect("what stands has an identity");
        let (mark, mut step) = (self.world.mark(), None);
        for _ in 0..200 {
            let request = AnyUpdate {
                connection,
                id: &id,
                prior,
                desired,
                mark: &mark,
                step: step.as_ref(),
            };
            match self.resource.update(request).await {
                Ok(Created::Done(object)) => return Ok(object),
                Ok(Created::Step(object)) => step = Some(object),
                Ok(Created::Pending { object, .. }) => return self.settle(object).await,
                Err(error) => self.wait(error)?,
            }
        }
        panic!("the update does not end")
    }

    /// Deletes, and waits until the object is gone, as the engine does.
    ///
    /// # Errors
    /// What the engine would not wait for.
    pub async fn delete(&self, id: &str, prior: Option<&Value>) -> Result<(), Error> {
        let connection = self.world.connection(self.resource.type_name());
        for _ in 0..200 {
            match self
                .resource
                .delete(AnyDelete {
                    connection,
                    id,
                    prior,
                })
                .await
            {
                Ok(Deleted::Gone) => return Ok(()),
                Ok(Deleted::Pending { .. }) => {
                    for _ in 0..200 {
                        if self.read(id, prior).await? == Observed::Absent {
                            return Ok(());
                        }
                        self.world.sandbox.clock().advance(Duration::from_secs(1));
                    }
                    panic!("{id} does not go");
                }
                Err(error) => self.wait(error)?,
            }
        }
        panic!("the delete does not end")
    }

    /// The identities of the objects that a create of this mark may have left.
    pub async fn find(&self, desired: &Value, mark: &Mark) -> Vec<String> {
        let connection = self.world.connection(self.resource.type_name());
        let desired = &self.resource.prepare(desired, mark).expect("it can be prepared");
        self.resource
            .find(AnyFind {
                step: None,
                connection,
                desired,
                mark,
            })
            .await
            .expect("the search works")
    }

    /// The object is what was written, and reads back as it is.
    async fn stands(&self, written: &Value, object: &Value) {
        let name = self.resource.type_name();
        let wrong = differences(self.block(), written, object, "");
        assert!(
            wrong.is_empty(),
            "{name} is not what was written:\n{}",
            wrong.join("\n")
        );
        let id = self.resource.id(object).expect("what stands has an identity");
        let Observed::Present(read) = self.read(&id, Some(object)).await.expect("it can be read") else {
            panic!("{name} {id} is not there");
        };
        self.is_imported(&id, written).await;
        self.is_listed(&id, object, &read).await;
        let wrong = without_once(self.block(), object, &read);
        assert!(
            wrong.is_empty(),
            "{name} does not read back as it is:\n{}",
            wrong.join("\n")
        );
    }

    /// What an import reads is what was written, but for what is ours alone.
    async fn is_imported(&self, id: &str, written: &Value) {
        let connection = self.world.connection(self.resource.type_name());
        if self.resource.parse_import(connection, id).is_err() {
            return;
        }
        let Observed::Present(read) = self.read(id, None).await.expect("it can be imported") else {
            panic!("{id} is not there");
        };
        let request = AnyPlan {
            prior: Some(Partial(&read)),
            desired: Partial(written),
            config: Partial(written),
        };
        let suppressed: Vec<String> = self
            .resource
            .plan(request)
            .suppress
            .iter()
            .map(ToString::to_string)
            .collect();
        let ours = |name: &str| {
            self.block()
                .attributes
                .get(name)
                .is_some_and(|attribute| attribute.local || (attribute.sensitive && !attribute.computed))
        };
        let mut wrong = differences(self.block(), written, &read, "");
        wrong.retain(|difference| {
            let path = difference.split(':').next().unwrap_or_default();
            let argument = path.split('.').next().unwrap_or_default();
            !ours(argument) && !suppressed.iter().any(|known| known == argument)
        });
        let name = self.resource.type_name();
        assert!(
            wrong.is_empty(),
            "{name} is not imported as it was written:\n{}",
            wrong.join("\n")
        );
    }

    /// A read of many is the read of one, and an object that is not there is absent.
    async fn is_listed(&self, id: &str, object: &Value, read: &Value) {
        let connection = self.world.connection(self.resource.type_name());
        let mut wanted = vec![(id.to_owned(), Some(object.clone()))];
        for last in ['0', '1'] {
            let other = id.get(..id.len() - 1).expect("an id is ASCII");
            wanted.push((format!("{other}{last}"), None));
        }
        if wanted
            .iter()
            .any(|(id, _)| self.resource.parse_import(connection, id).is_err())
            || wanted[1..].iter().any(|(other, _)| other == id)
        {
            return;
        }
        let request = AnyReadMany {
            connection,
            wanted: &wanted,
        };
        if let Some(listed) = self.resource.read_many(request).await {
            let listed = listed.unwrap_or_else(|error| panic!("it can be listed: {error:?}"));
            assert_eq!(
                listed,
                [
                    Observed::Present(read.clone()),
                    Observed::Absent,
                    Observed::Absent
                ]
            );
        }
    }

    /// Creates, reads, changes by each of the configurations in turn, deletes twice.
    pub async fn holds(&self, configs: &[Json]) {
        let mut desired = self.desired(&configs[0]);
        let mut object = self
            .create(&desired, &self.world.mark())
            .await
            .unwrap_or_else(|error| panic!("{error:?}"));
        self.stands(&desired, &object).await;
        let id = self.resource.id(&object).expect("what stands has an identity");
        for config in &configs[1..] {
            desired = self.changed(&object, config);
            object = self
                .update(&object, &desired)
                .await
                .unwrap_or_else(|error| panic!("{config}: {error:?}"));
            self.stands(&self.desired(config), &object).await;
            assert_eq!(
                self.resource.id(&object).as_ref(),
                Some(&id),
                "an update keeps the identity"
            );
        }
        self.delete(&id, Some(&object))
            .await
            .unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(
            self.read(&id, None).await.expect("it can be read"),
            Observed::Absent
        );
        self.delete(&id, Some(&object))
            .await
            .unwrap_or_else(|error| panic!("what is gone can be deleted: {error:?}"));
    }

    /// Where the answer of the create is lost, the object is found by its mark, and it is one.
    pub async fn is_found_after_a_lost_answer(&self, config: &Json, fault: Json) -> String {
        let (desired, mark) = (self.desired(config), self.world.mark());
        self.world.fault(fault);
        let error = self
            .create(&desired, &mark)
            .await
            .expect_err("the answer was lost");
        assert_eq!(error.kind, ErrorKind::Ambiguous, "{error:?}");
        let found = self.find(&desired, &mark).await;
        assert_eq!(found.len(), 1, "one object was made: {found:?}");
        found.into_iter().next().expect("one was found")
    }
}

/// The differences between an object and what was read of it, but for what is told once.
fn without_once(block: &Block, object: &Value, read: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for name in block.names() {
        let once = block.attributes.get(name).is_some_and(|attribute| attribute.once);
        let (left, right) = (object.get(name), read.get(name));
        if !once && left != right {
            let show = |value: Option<&Value>| value.map(|value| to_json(value).map(|json| json.to_string()));
            found.push(format!("{name}: {:?} became {:?}", show(left), show(right)));
        }
    }
    found
}
