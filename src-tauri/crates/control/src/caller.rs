//! Who asks for something.

/// Who asks for something; written into versions, activations and the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `you` for the person at the window, a management key's name, `import` for a bundle at the start.
    pub name: String,
    /// By which way.
    pub kind: CallerKind,
}

/// The way by which somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// The desktop's window.
    Window,
    /// The management API, with a key.
    Key,
    /// The command line, or the program itself at its start.
    CommandLine,
}

impl Caller {
    /// The person at the window.
    pub fn window() -> Self {
        Self { name: "you".to_owned(), kind: CallerKind::Window }
    }

    /// A bundle.
    pub fn import() -> Self {
        Self { name: "import".to_owned(), kind: CallerKind::CommandLine }
    }

    /// Modelux itself, at its first start.
    pub fn program() -> Self {
        Self { name: "Modelux".to_owned(), kind: CallerKind::CommandLine }
    }

    /// Who has this management key.
    pub fn key(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: CallerKind::Key }
    }
}
