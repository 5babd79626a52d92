# An API with everything that the control API keeps: `run` applies it, finds no drift, changes it, and destroys it.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

variable "endpoint" {}
variable "access_key" {}
variable "secret_key" { sensitive = true }

# What `run` changes on the way.
variable "revision" { default = 1 }

provider "aws" {
  region                      = "us-east-1"
  access_key                  = var.access_key
  secret_key                  = var.secret_key
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true

  endpoints {
    apigateway   = var.endpoint
    apigatewayv2 = var.endpoint
  }
}

resource "aws_api_gateway_rest_api" "pets" {
  name               = "pets"
  description        = "revision ${var.revision}"
  binary_media_types = ["image/png"]
  endpoint_configuration { types = ["REGIONAL"] }
  tags = { a = "b" }
}
resource "aws_api_gateway_resource" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  parent_id   = aws_api_gateway_rest_api.pets.root_resource_id
  path_part   = "pets${var.revision}"
}
resource "aws_api_gateway_resource" "pet" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  parent_id   = aws_api_gateway_resource.pets.id
  path_part   = "{id}"
}
resource "aws_api_gateway_model" "pet" {
  rest_api_id  = aws_api_gateway_rest_api.pets.id
  name         = "Pet"
  content_type = "application/json"
  schema       = jsonencode({ type = "object" })
}
resource "aws_api_gateway_method" "get" {
  rest_api_id        = aws_api_gateway_rest_api.pets.id
  resource_id        = aws_api_gateway_resource.pet.id
  http_method        = "GET"
  authorization      = "NONE"
  request_parameters = { "method.request.path.id" = true }
}
resource "aws_api_gateway_integration" "get" {
  rest_api_id             = aws_api_gateway_rest_api.pets.id
  resource_id             = aws_api_gateway_resource.pet.id
  http_method             = aws_api_gateway_method.get.http_method
  type                    = "HTTP"
  integration_http_method = "GET"
  uri                     = "http://example.com/${var.revision}/{id}"
  request_parameters      = { "integration.request.path.id" = "method.request.path.id" }
}
resource "aws_api_gateway_method_response" "ok" {
  rest_api_id         = aws_api_gateway_rest_api.pets.id
  resource_id         = aws_api_gateway_resource.pet.id
  http_method         = aws_api_gateway_method.get.http_method
  status_code         = "200"
  response_models     = { "application/json" = "Empty" }
  response_parameters = { "method.response.header.x" = true }
}
resource "aws_api_gateway_integration_response" "ok" {
  rest_api_id         = aws_api_gateway_rest_api.pets.id
  resource_id         = aws_api_gateway_resource.pet.id
  http_method         = aws_api_gateway_method.get.http_method
  status_code         = aws_api_gateway_method_response.ok.status_code
  response_parameters = { "method.response.header.x" = "'${var.revision}'" }
  depends_on          = [aws_api_gateway_integration.get]
}
resource "aws_api_gateway_method" "mock" {
  rest_api_id   = aws_api_gateway_rest_api.pets.id
  resource_id   = aws_api_gateway_resource.pets.id
  http_method   = "GET"
  authorization = "NONE"
}
resource "aws_api_gateway_integration" "mock" {
  rest_api_id       = aws_api_gateway_rest_api.pets.id
  resource_id       = aws_api_gateway_resource.pets.id
  http_method       = aws_api_gateway_method.mock.http_method
  type              = "MOCK"
  request_templates = { "application/json" = "{\"statusCode\": 200}" }
}
resource "aws_api_gateway_request_validator" "v" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  name        = "v${var.revision}"
}
resource "aws_api_gateway_deployment" "d" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  depends_on  = [aws_api_gateway_integration_response.ok, aws_api_gateway_integration.mock]
}
resource "aws_api_gateway_stage" "prod" {
  rest_api_id   = aws_api_gateway_rest_api.pets.id
  deployment_id = aws_api_gateway_deployment.d.id
  stage_name    = "prod"
  variables     = { revision = var.revision }
  tags          = { s = "t" }
}
resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  method_path = "*/*"
  settings {
    throttling_burst_limit = 5 + var.revision
    throttling_rate_limit  = 10
    logging_level          = "INFO"
  }
}
resource "aws_api_gateway_gateway_response" "r" {
  rest_api_id   = aws_api_gateway_rest_api.pets.id
  response_type = "UNAUTHORIZED"
  status_code   = "401"

  # The service has this one if none is given.
  response_templates  = { "application/json" = "{\"message\":$context.error.messageString}" }
  response_parameters = { "gatewayresponse.header.x" = "'y'" }
  depends_on          = [aws_api_gateway_deployment.d]
}
resource "aws_api_gateway_authorizer" "a" {
  rest_api_id    = aws_api_gateway_rest_api.pets.id
  name           = "a"
  authorizer_uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
}
resource "aws_api_gateway_api_key" "k" { name = "k${var.revision}" }
resource "aws_api_gateway_usage_plan" "p" {
  name = "p"
  api_stages {
    api_id = aws_api_gateway_rest_api.pets.id
    stage  = aws_api_gateway_stage.prod.stage_name
    throttle {
      path        = "/pets/GET"
      burst_limit = var.revision
      rate_limit  = 2
    }
  }
  quota_settings {
    limit  = 10 + var.revision
    period = "WEEK"
  }
  throttle_settings {
    burst_limit = 5
    rate_limit  = 10
  }
}
resource "aws_api_gateway_usage_plan_key" "pk" {
  key_id        = aws_api_gateway_api_key.k.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.p.id
}
resource "aws_api_gateway_domain_name" "n" {
  domain_name              = "api.example.com"
  regional_certificate_arn = "arn:aws:acm:us-east-1:000000000000:certificate/11111111-1111-1111-1111-111111111111"
  endpoint_configuration { types = ["REGIONAL"] }
}
resource "aws_api_gateway_base_path_mapping" "m" {
  api_id      = aws_api_gateway_rest_api.pets.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  domain_name = aws_api_gateway_domain_name.n.domain_name
}
resource "aws_apigatewayv2_domain_name" "v2" {
  domain_name = "v2.example.com"
  domain_name_configuration {
    certificate_arn = "arn:aws:acm:us-east-1:000000000000:certificate/11111111-1111-1111-1111-111111111111"
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
  tags = { revision = var.revision }
}
resource "aws_apigatewayv2_api_mapping" "levels" {
  api_id          = aws_api_gateway_rest_api.pets.id
  stage           = aws_api_gateway_stage.prod.stage_name
  domain_name     = aws_apigatewayv2_domain_name.v2.id
  api_mapping_key = "orders/v${var.revision}/items"
}
resource "aws_api_gateway_documentation_part" "dp" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  location { type = "API" }
  properties = "{\"description\":\"x\"}"
}
resource "aws_api_gateway_documentation_version" "dv" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  version     = "1"
  depends_on  = [aws_api_gateway_documentation_part.dp]
}
resource "aws_api_gateway_account" "a" {}
resource "aws_api_gateway_vpc_link" "l" {
  name        = "l"
  target_arns = ["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1"]
}
