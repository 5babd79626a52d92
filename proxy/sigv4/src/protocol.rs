//! How a service words its errors.

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    /// IAM and STS: XML, error codes without `Exception`.
    Query,
    /// API Gateway (its control API and the APIs it serves) and Lambda: JSON, `x-amzn-ErrorType`.
    RestJson,
}
