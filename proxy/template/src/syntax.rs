//! A template as a tree: what the parser makes and the renderer walks. Names are resolved: variables
//! to slots, methods to rows of the table of functions, literal JSONPaths and patterns to their
//! compiled forms.

mod print;

use crate::JsonPath;
use crate::function::Rows;
use crate::pattern::Pattern;

/// Where something stands in the text of its template: a byte. All places are equal, so that trees
/// are compared by what they mean.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place(pub(crate) u32);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A variable: its number among those that a template names.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Slot(pub(crate) u32);

impl Slot {
    pub(crate) const INPUT: Self = Self(0);
    pub(crate) const UTIL: Self = Self(1);
    pub(crate) const CONTEXT: Self = Self(2);
    pub(crate) const STAGE_VARIABLES: Self = Self(3);
    pub(crate) const FOREACH: Self = Self(4);
    pub(crate) const VELOCITY_COUNT: Self = Self(5);
    pub(crate) const BODY_CONTENT: Self = Self(6);

    /// Those that every template has, in the order of their numbers.
    pub(crate) const NAMES: [&'static str; 7] =
        ["input", "util", "context", "stageVariables", "foreach", "velocityCount", "bodyContent"];
}

/// A whole template.
#[derive(Debug, Default)]
pub(crate) struct Syntax {
    pub(crate) body: Block,
    pub(crate) macros: Vec<Macro>,
    /// The names of the slots.
    pub(crate) variables: Vec<Box<str>>,
    /// Which of the standing slots are named.
    pub(crate) mentions: Mentions,
}

/// What of the standing variables a template names.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Mentions {
    pub(crate) body: bool,
    pub(crate) params: bool,
    pub(crate) context: bool,
    pub(crate) stage_variables: bool,
    pub(crate) foreach: bool,
    pub(crate) velocity_count: bool,
}

impl PartialEq for Syntax {
    fn eq(&self, other: &Self) -> bool {
        self.body == other.body && self.macros == other.macros
    }
}

#[derive(Debug, PartialEq)]
pub(crate) struct Macro {
    pub(crate) name: Box<str>,
    pub(crate) definition: Definition,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Definition {
    pub(crate) parameters: Box<[Slot]>,
    pub(crate) body: Block,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Block(pub(crate) Box<[Node]>);

#[derive(Debug, PartialEq)]
pub(crate) enum Node {
    Break,
    Call(Box<MacroCall>),
    Define(Slot, Block),
    Foreach(Box<Foreach>),
    If(Box<If>),
    /// Where a macro is defined; rendering it does nothing.
    Macro(u32),
    Reference(Reference),
    Set(Box<Set>),
    Stop,
    Text(Box<str>),
}

#[derive(Debug, PartialEq)]
pub(crate) struct MacroCall {
    pub(crate) callee: u32,
    pub(crate) arguments: Box<[Expression]>,
    /// Of `#@name() .. #end`.
    pub(crate) body: Option<Block>,
    pub(crate) place: Place,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Foreach {
    pub(crate) variable: Slot,
    pub(crate) over: Expression,
    pub(crate) body: Block,
    pub(crate) place: Place,
}

#[derive(Debug, PartialEq)]
pub(crate) struct If {
    pub(crate) branches: Box<[(Expression, Block)]>,
    pub(crate) otherwise: Option<Block>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Set {
    pub(crate) target: Reference,
    pub(crate) value: Expression,
    pub(crate) place: Place,
}

#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) root: Slot,
    pub(crate) parts: Box<[Part]>,
    /// `$!`
    pub(crate) is_quiet: bool,
    /// `${..}`
    pub(crate) is_formal: bool,
    /// Before it: they escape it.
    pub(crate) backslashes: u32,
    /// What is printed if its variable is not defined.
    pub(crate) source: Box<str>,
    pub(crate) place: Place,
}

impl PartialEq for Reference {
    fn eq(&self, other: &Self) -> bool {
        (self.root, &self.parts, self.is_quiet, self.is_formal, self.backslashes)
            == (other.root, &other.parts, other.is_quiet, other.is_formal, other.backslashes)
    }
}

#[derive(Debug, PartialEq)]
pub(crate) enum Part {
    Call(Box<MethodCall>),
    Index(Expression, Place),
    Property(Property),
}

#[derive(Debug)]
pub(crate) struct Property {
    pub(crate) name: Box<str>,
    /// `getName()` and `isName()`, for what has no members.
    pub(crate) getter: Rows,
    pub(crate) place: Place,
}

impl PartialEq for Property {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[derive(Debug)]
pub(crate) struct MethodCall {
    pub(crate) name: Box<str>,
    pub(crate) arguments: Box<[Expression]>,
    pub(crate) rows: Rows,
    pub(crate) compiled: Compiled,
    pub(crate) place: Place,
}

impl PartialEq for MethodCall {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.arguments) == (&other.name, &other.arguments)
    }
}

/// The first argument of a method, where it is literal and of a language of its own.
#[derive(Debug)]
pub(crate) enum Compiled {
    JsonPath(JsonPath),
    Nothing,
    Pattern(Pattern),
}

#[derive(Debug, PartialEq)]
pub(crate) enum Expression {
    Boolean(bool),
    /// Operators of one precedence, from left to right: flat, however long.
    Chain(Box<Chain>),
    Decimal(f64),
    Integer(i64),
    /// Text in double quotes that has references or directives.
    Interpolated(Block),
    List(Box<[Self]>),
    Map(Box<[(Self, Self)]>),
    Not(Box<Self>),
    /// A number that is none of the machine's: its digits.
    Numeral(Box<str>),
    Range(Box<(Self, Self)>),
    Reference(Box<Reference>),
    Text(Box<str>),
}

#[derive(Debug, PartialEq)]
pub(crate) struct Chain {
    pub(crate) first: Expression,
    pub(crate) rest: Box<[(Operator, Expression)]>,
    pub(crate) place: Place,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Operator {
    Add,
    And,
    Divide,
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Multiply,
    NotEqual,
    Or,
    Remainder,
    Subtract,
}

impl Operator {
    /// How it is written, in the order in which a parser must try; words are words of their own.
    pub(crate) const SPELLINGS: [(&'static str, Self); 21] = [
        ("&&", Self::And),
        ("||", Self::Or),
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("<", Self::Less),
        (">", Self::Greater),
        ("+", Self::Add),
        ("-", Self::Subtract),
        ("*", Self::Multiply),
        ("/", Self::Divide),
        ("%", Self::Remainder),
        ("and", Self::And),
        ("or", Self::Or),
        ("eq", Self::Equal),
        ("ne", Self::NotEqual),
        ("lt", Self::Less),
        ("le", Self::LessOrEqual),
        ("gt", Self::Greater),
        ("ge", Self::GreaterOrEqual),
    ];

    /// Which binds closer has the higher.
    pub(crate) fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::NotEqual => 3,
            Self::Greater | Self::GreaterOrEqual | Self::Less | Self::LessOrEqual => 4,
            Self::Add | Self::Subtract => 5,
            Self::Divide | Self::Multiply | Self::Remainder => 6,
        }
    }
}
