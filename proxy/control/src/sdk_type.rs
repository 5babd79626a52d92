//! The kinds of SDKs that AWS generates: what can be asked for, though none is generated here.

use serde::Serialize;
use serde_json::Value;
use store::ReadTransaction;

use crate::answer::{Answer, to_wire};
use crate::call::Call;
use crate::page;
use crate::refusal::Refusal;
use crate::service::Handler;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SdkType {
    id: &'static str,
    friendly_name: &'static str,
    description: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    configuration_properties: &'static [ConfigurationProperty],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigurationProperty {
    name: &'static str,
    friendly_name: &'static str,
    description: &'static str,
    required: bool,
}

pub(crate) const HANDLERS: &[(&str, Handler)] =
    &[("GetSdkType", Handler::Read(get)), ("GetSdkTypes", Handler::Read(list))];

const fn property(
    name: &'static str,
    friendly_name: &'static str,
    description: &'static str,
) -> ConfigurationProperty {
    ConfigurationProperty { name, friendly_name, description, required: true }
}

const TYPES: &[SdkType] = &[
    SdkType {
        id: "java",
        friendly_name: "Java",
        description: "Java SDK",
        configuration_properties: &[
            property("serviceName", "Service Name", "Name of the SDK's client"),
            property("javaPackageName", "Java Package Name", "Package of the SDK"),
        ],
    },
    SdkType {
        id: "android",
        friendly_name: "Android",
        description: "Android SDK",
        configuration_properties: &[
            property("groupId", "Group ID", "Maven group id"),
            property("artifactId", "Artifact ID", "Maven artifact id"),
            property("artifactVersion", "Artifact Version", "Maven version"),
            property("invokerPackage", "Invoker Package", "Package of the SDK"),
        ],
    },
    SdkType {
        id: "objectivec",
        friendly_name: "iOS (Objective-C)",
        description: "iOS (Objective-C) SDK",
        configuration_properties: &[property("classPrefix", "Prefix", "Prefix of class names")],
    },
    SdkType {
        id: "swift",
        friendly_name: "iOS (Swift)",
        description: "iOS (Swift) SDK",
        configuration_properties: &[property("classPrefix", "Prefix", "Prefix of class names")],
    },
    SdkType {
        id: "javascript",
        friendly_name: "JavaScript",
        description: "JavaScript SDK",
        configuration_properties: &[],
    },
    SdkType {
        id: "ruby",
        friendly_name: "Ruby",
        description: "Ruby SDK",
        configuration_properties: &[property(
            "service.name",
            "Service Name",
            "Name of the service",
        )],
    },
];

fn get(call: &Call, _: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let id = call.input.required("id");
    let found = TYPES.iter().find(|known| known.id == id);
    Answer::of(found.ok_or_else(|| Refusal::not_found("Invalid SDK type identifier specified"))?)
}

fn list(call: &Call, _: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let values: Vec<Value> = TYPES.iter().map(to_wire).collect::<Result<_, _>>()?;
    page::of_values(call, &values)
}
