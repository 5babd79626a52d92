//! Resources.

use expect_test::expect;

use super::harness::{Gateway, patch};

fn add(gateway: &Gateway, name: &str, parent: &str, path_part: &str) {
    let line = format!("POST /restapis/API/resources/{parent}");
    gateway.create(name, &line, &format!("{{\"pathPart\": \"{path_part}\"}}"));
}

#[test]
fn resources_make_a_tree() {
    let gateway = Gateway::with_api();
    add(&gateway, "PETS", "ROOT", "pets");
    add(&gateway, "PET", "PETS", "{id}");
    gateway.ok("PUT /restapis/API/resources/PET/methods/GET", r#"{"authorizationType": "NONE"}"#);
    gateway.check(
        &[
            ("GET /restapis/API/resources/PET", ""),
            ("GET /restapis/API/resources/PET?embed=methods", ""),
            ("GET /restapis/API/resources", ""),
        ],
        expect![[r#"
            200 {"id":"PET","parentId":"PETS","pathPart":"{id}","path":"/pets/{id}","resourceMethods":{"GET":{}}}
            200 {"id":"PET","parentId":"PETS","pathPart":"{id}","path":"/pets/{id}","resourceMethods":{"GET":{"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false}}}
            200 {"item":[{"id":"ROOT","path":"/"},{"id":"PETS","parentId":"ROOT","pathPart":"pets","path":"/pets"},{"id":"PET","parentId":"PETS","pathPart":"{id}","path":"/pets/{id}","resourceMethods":{"GET":{}}}]}
        "#]],
    );
}

#[test]
fn what_cannot_stand_there_is_refused() {
    let gateway = Gateway::with_api();
    add(&gateway, "PETS", "ROOT", "pets");
    add(&gateway, "PET", "PETS", "{id}");
    add(&gateway, "ALL", "ROOT", "{proxy+}");
    let part = |text: &str| format!("{{\"pathPart\": \"{text}\"}}");
    gateway.check(
        &[
            ("POST /restapis/API/resources/ROOT", &part("pets")),
            ("POST /restapis/API/resources/ROOT", &part("{id}")),
            ("POST /restapis/API/resources/ALL", &part("x")),
            ("POST /restapis/API/resources/PET", &part("{id}")),
            ("POST /restapis/API/resources/ROOT", &part("")),
            ("POST /restapis/API/resources/ROOT", &part("a/b")),
            ("POST /restapis/API/resources/ROOT", &part("a b")),
            ("POST /restapis/API/resources/ROOT", &part("x{id}")),
            ("POST /restapis/API/resources/ROOT", &part("{}")),
            ("POST /restapis/API/resources/nobody", &part("x")),
            ("POST /restapis/nobody/resources/ROOT", &part("x")),
            ("GET /restapis/API/resources/nobody", ""),
            ("DELETE /restapis/API/resources/nobody", ""),
            ("DELETE /restapis/API/resources/ROOT", ""),
        ],
        expect![[r#"
            409 ConflictException: Another resource with the same parent already has this name: pets
            400 BadRequestException: A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed
            400 BadRequestException: Cannot create a child of a resource with a greedy path variable: {proxy+}
            400 BadRequestException: The path /pets/{id}/{id} has two variables named "id"; rename one of them
            400 BadRequestException: Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.
            400 BadRequestException: Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.
            400 BadRequestException: Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.
            400 BadRequestException: Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.
            400 BadRequestException: Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.
            404 NotFoundException: Invalid Resource identifier specified
            404 NotFoundException: Invalid API identifier specified 000000000000:nobody
            404 NotFoundException: Invalid Resource identifier specified
            404 NotFoundException: Invalid Resource identifier specified
            400 BadRequestException: Root resource cannot be deleted
        "#]],
    );
}

#[test]
fn a_resource_moves_with_what_is_below_it() {
    let gateway = Gateway::with_api();
    add(&gateway, "PETS", "ROOT", "pets");
    add(&gateway, "PET", "PETS", "{id}");
    add(&gateway, "TOYS", "PET", "toys");
    add(&gateway, "SHOP", "ROOT", "shop");
    let line = |id: &str| format!("PATCH /restapis/API/resources/{id}");
    gateway.check(
        &[
            (&line("PETS"), &patch("replace", "/pathPart", "animals")),
            ("GET /restapis/API/resources/TOYS", ""),
            (&line("PETS"), &patch("replace", "/parentId", "SHOP")),
            ("GET /restapis/API/resources/TOYS", ""),
            (&line("SHOP"), &patch("replace", "/parentId", "TOYS")),
            (&line("PETS"), &patch("replace", "/parentId", "PETS")),
            (&line("ROOT"), &patch("replace", "/pathPart", "x")),
            (&line("ROOT"), &patch("replace", "/parentId", "SHOP")),
            (&line("PETS"), &patch("replace", "/parentId", "nobody")),
            (&line("PETS"), &patch("replace", "/path", "/x")),
            (&line("PETS"), &patch("add", "/pathPart", "x")),
            (&line("PET"), &patch("replace", "/pathPart", "{kind}")),
            ("DELETE /restapis/API/resources/PETS", ""),
            ("GET /restapis/API/resources", ""),
        ],
        expect![[r#"
            200 {"id":"PETS","parentId":"ROOT","pathPart":"animals","path":"/animals"}
            200 {"id":"TOYS","parentId":"PET","pathPart":"toys","path":"/animals/{id}/toys"}
            200 {"id":"PETS","parentId":"SHOP","pathPart":"animals","path":"/shop/animals"}
            200 {"id":"TOYS","parentId":"PET","pathPart":"toys","path":"/shop/animals/{id}/toys"}
            400 BadRequestException: Resources cannot be cyclical.
            400 BadRequestException: Resources cannot be cyclical.
            400 BadRequestException: Root resource cannot update its pathPart.
            400 BadRequestException: Root resource cannot update its pathPart.
            404 NotFoundException: Invalid Resource identifier specified
            400 BadRequestException: Invalid patch path  '/path' specified for op 'replace'. Must be one of: [/parentId, /pathPart]
            400 BadRequestException: Invalid patch path  '/pathPart' specified for op 'add'. Please choose supported operations
            200 {"id":"PET","parentId":"PETS","pathPart":"{kind}","path":"/shop/animals/{kind}"}
            202
            200 {"item":[{"id":"ROOT","path":"/"},{"id":"SHOP","parentId":"ROOT","pathPart":"shop","path":"/shop"}]}
        "#]],
    );
}
