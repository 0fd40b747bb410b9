//! Price lists that others publish.

use catalog::{
    Model, builtin,
    import::{self, Change},
    layers,
};

/// Whatever a list says, what is read of it are models that can be called, priced and kept.
pub fn prices(data: &[u8]) {
    let Ok(list) = import::read(data, "2026-10-21") else { return };
    assert!(list.refused.len() <= list.refused_count);
    let known = |kind, name: &str| builtin::models(kind).iter().find(|model| model.name == name).cloned();
    for changed in import::compare(&list, known) {
        assert_eq!(changed.change == Change::New, changed.before.is_none(), "{changed:?}");
        kept(&changed.after);
    }
    for (kind, models) in &list.models {
        models.iter().for_each(kept);
        let mut names: Vec<_> = models.iter().map(|model| &model.name).collect();
        names.dedup();
        assert_eq!(names.len(), models.len(), "each name is there once");
        let all = layers::with_imported(builtin::models(*kind), models);
        assert!(models.iter().all(|model| all.iter().any(|other| other.name == model.name)), "nothing that was read is lost");
    }
}

fn kept(model: &Model) {
    assert!(!model.name.is_empty());
    for tokens in [0, 1, 1_000_000, u64::MAX] {
        if let Some(cost) = model.estimate_cost(tokens, 0.5, tokens) {
            assert!(cost.total.as_usd_f64() >= 0.0, "{model:?} costs {cost:?}");
        }
    }
    let written = serde_json::to_string(model).expect("a model can be written");
    let again: Model = serde_json::from_str(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(&again, model, "a model changes when it is kept");
}
