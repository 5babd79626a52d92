/* edgeway.h over wit-bindgen's C of the contract. */

#include "edgeway.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_function_plugin.h"

struct edgeway_answer {
    char *bytes;
    size_t length;
    size_t capacity;
    char *error_type;
    char *error_message;
};

/* wit-bindgen's C refers to an object file with the type of the world; `edgeway build` describes the
 * linked module instead. */
void __component_type_object_force_link_event_function_plugin(void) {}

static void *allocate(void *old, size_t size) {
    void *new = realloc(old, size);
    if (new == NULL) {
        abort();
    }
    return new;
}

static void reserve(struct edgeway_answer *answer, size_t more) {
    if (more > answer->capacity - answer->length) {
        size_t capacity = answer->length + more;
        answer->capacity = capacity < 2 * answer->capacity ? 2 * answer->capacity : capacity;
        answer->bytes = allocate(answer->bytes, answer->capacity);
    }
}

void edgeway_write(struct edgeway_answer *answer, const char *bytes, size_t length) {
    if (length == 0) {
        return;
    }
    reserve(answer, length);
    memcpy(answer->bytes + answer->length, bytes, length);
    answer->length += length;
}

/* Like vasprintf, which is not in every libc. */
static char *format_text(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        abort();
    }
    char *text = allocate(NULL, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

void edgeway_printf(struct edgeway_answer *answer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(format, arguments);
    va_end(arguments);
    edgeway_write(answer, text, strlen(text));
    free(text);
}

void edgeway_write_json_string(struct edgeway_answer *answer, const char *text) {
    edgeway_write(answer, "\"", 1);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\') {
            edgeway_printf(answer, "\\%c", byte);
        } else if (byte < 0x20) {
            edgeway_printf(answer, "\\u%04x", byte);
        } else {
            edgeway_write(answer, text, 1);
        }
    }
    edgeway_write(answer, "\"", 1);
}

bool edgeway_fail(struct edgeway_answer *answer, const char *error_type, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    free(answer->error_message);
    answer->error_message = format_text(format, arguments);
    va_end(arguments);
    free(answer->error_type);
    answer->error_type = strcpy(allocate(NULL, strlen(error_type) + 1), error_type);
    return false;
}

void edgeway_log(enum edgeway_level level, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(format, arguments);
    va_end(arguments);
    event_function_plugin_string_t message;
    event_function_plugin_string_set(&message, text);
    edgeway_plugin_log_log((edgeway_plugin_log_level_t)level, &message);
    free(text);
}

/* A copy that ends with a zero byte. */
static char *text_of(const uint8_t *bytes, size_t length) {
    char *text = allocate(NULL, length + 1);
    memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

bool exports_edgeway_plugin_event_function_handle(
    event_function_plugin_list_u8_t *json,
    exports_edgeway_plugin_event_function_invocation_t *invocation,
    event_function_plugin_list_u8_t *result,
    exports_edgeway_plugin_event_function_function_error_t *error) {
    char *texts[] = {
        text_of(json->ptr, json->len),
        text_of(invocation->request_id.ptr, invocation->request_id.len),
        text_of(invocation->function_name.ptr, invocation->function_name.len),
        text_of(invocation->function_version.ptr, invocation->function_version.len),
        text_of(invocation->invoked_function_arn.ptr, invocation->invoked_function_arn.len),
    };
    struct edgeway_event event = {
        .json = texts[0],
        .length = json->len,
        .request_id = texts[1],
        .function_name = texts[2],
        .function_version = texts[3],
        .invoked_function_arn = texts[4],
        .memory_limit_in_mb = invocation->memory_limit_in_mb,
        .deadline = invocation->deadline,
    };
    event_function_plugin_list_u8_free(json);
    exports_edgeway_plugin_event_function_invocation_free(invocation);

    struct edgeway_answer answer = {0};
    bool is_handled = edgeway_handle(&event, &answer);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        free(texts[i]);
    }
    fflush(NULL);
    if (is_handled) {
        result->ptr = (uint8_t *)answer.bytes;
        result->len = answer.length;
    } else {
        const char *type = answer.error_type ? answer.error_type : "Error";
        const char *message = answer.error_message ? answer.error_message : "the function failed";
        event_function_plugin_string_dup(&error->error_type, type);
        event_function_plugin_string_dup(&error->error_message, message);
        error->stack_trace.ptr = NULL;
        error->stack_trace.len = 0;
        free(answer.bytes);
    }
    free(answer.error_type);
    free(answer.error_message);
    return is_handled;
}
