/*
 * One HTTP request of the command-line client, and what is said when it fails.
 */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

static void encode_into(FILE *out, const char *text, const char *keep)
{
    for (; *text; text++) {
        if (unreserved((unsigned char)*text) || strchr(keep, *text))
            fputc(*text, out);
        else
            fprintf(out, "%%%02X", (unsigned char)*text);
    }
}

char *cli_encode(const char *path)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    if (!out)
        return NULL;
    encode_into(out, path, "/");
    return fclose(out) ? NULL : text;
}

char *cli_join(const char *first, ...)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    va_list args;

    if (!out)
        return NULL;
    va_start(args, first);
    for (const char *part = first; part; part = va_arg(args, const char *)) {
        if (part != first)
            fputc('/', out);
        encode_into(out, part, "");
    }
    va_end(args);
    return fclose(out) ? NULL : text;
}

static char *join_url(const char *base, const char *path)
{
    char *url = NULL;
    size_t end = strlen(base);

    while (end && base[end - 1] == '/')
        end--;
    if (asprintf(&url, "%.*s/%s", (int)end, base, path ? path + strspn(path, "/") : "") < 0)
        return NULL;
    if (!path && end)
        url[end] = '\0'; /* the base itself, without the slash */
    return url;
}

/* Base64 of creator:passphrase; free() it. */
static char *basic_credentials(const char *creator, const char *passphrase)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *pair = NULL, *header = NULL, *text;
    int bytes = asprintf(&pair, "%s:%s", creator, passphrase);

    if (bytes < 0)
        return NULL;
    header = calloc(1, sizeof "Authorization: Basic " + ((size_t)bytes + 2) / 3 * 4);
    if (!header)
        goto done;
    text = stpcpy(header, "Authorization: Basic ");
    for (int i = 0; i < bytes; i += 3) {
        unsigned a = (unsigned char)pair[i], b = i + 1 < bytes ? (unsigned char)pair[i + 1] : 0,
                 d = i + 2 < bytes ? (unsigned char)pair[i + 2] : 0, all = a << 16 | b << 8 | d;

        *text++ = digits[all >> 18];
        *text++ = digits[all >> 12 & 63];
        *text++ = i + 1 < bytes ? digits[all >> 6 & 63] : '=';
        *text++ = i + 2 < bytes ? digits[all & 63] : '=';
    }
done:
    explicit_bzero(pair, (size_t)bytes);
    free(pair);
    return header;
}

static char *authorization(const cli *c, const cli_ask *ask)
{
    char *header = NULL;

    if (ask->as == AS_CREATOR)
        return basic_credentials(c->creator, c->passphrase ? c->passphrase : "");
    if (ask->as == AS_PEER && asprintf(&header, "Authorization: Bearer %s", ask->secret) < 0)
        return NULL;
    return header;
}

/* What to look at when credentials did not do. */
static const char *hint(const cli *c, cli_as as)
{
    if (as == AS_PEER)
        return "what a peer allows depends on the trust with it: see \"actingweb trust list\"";
    if (as == AS_CREATOR && !c->passphrase)
        return "no passphrase is given: set AW_PASSPHRASE, or use --passphrase-file";
    return as == AS_CREATOR ? "check --creator and the passphrase (AW_PASSPHRASE or --passphrase-file)" : NULL;
}

static void explain_refusal(const cli *c, const cli_ask *ask, const cli_answer *answer, const char *url)
{
    json_t *error = json_object_get(answer->json, "error");
    const char *said = json_string_value(json_object_get(error, "message"));

    if (!said)
        said = json_string_value(error);
    char *reason = said ? strdup(said) : NULL;

    cli_clean(reason);
    fprintf(stderr, "actingweb: %s %s: %d%s%s\n", ask->method, url, answer->status, reason ? ": " : "",
            reason ? reason : "");
    free(reason);
    if ((answer->status == 401 || answer->status == 403) && hint(c, ask->as))
        cli_complain("%s", hint(c, ask->as));
}

static int take_answer(const aw_http_answer *from, cli_answer *to)
{
    size_t bytes = 0;
    const char *body = aw_http_answer_body(from, &bytes), *location = aw_http_answer_header(from, "Location");

    to->status = aw_http_answer_status(from);
    to->text = strndup(body ? body : "", bytes);
    to->json = body ? json_loadb(body, bytes, JSON_DECODE_ANY, NULL) : NULL;
    to->location = location ? strdup(location) : NULL;
    return to->text ? 0 : -1;
}

int cli_request(cli *c, cli_ask ask, cli_answer *ret_answer)
{
    aw_http_answer *answer = NULL;
    aw_error err = {0};
    char *url = join_url(ask.base, ask.path), *auth = authorization(c, &ask);
    char *body = ask.body ? json_dumps(ask.body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    const char *headers[4] = {"Accept: application/json"};
    size_t count = 1;
    int status = EXIT_UNREACHABLE;

    *ret_answer = (cli_answer){0};
    if (auth)
        headers[count++] = auth;
    if (body)
        headers[count++] = "Content-Type: application/json";
    if (!url || (ask.as != AS_NOBODY && !auth) || (ask.body && !body)) {
        cli_complain("out of memory");
        goto done;
    }
    if (aw_http_fetch(c->runtime,
                      AW_WITH(http_fetch, .url = url, .method = ask.method, .headers = headers, .body = body,
                              .body_bytes = body ? strlen(body) : 0, .timeout_ms = c->timeout_ms),
                      &answer, &err)) {
        if (err.code == AW_E_INVALID)
            cli_complain("%s: %s", url, err.message);
        else
            cli_complain("%s", err.message);
        status = err.code == AW_E_INVALID ? EXIT_USAGE : EXIT_UNREACHABLE;
        goto done;
    }
    if (take_answer(answer, ret_answer)) {
        cli_complain("out of memory");
        goto done;
    }
    status = ret_answer->status >= 200 && ret_answer->status < 300 ? EXIT_OK : EXIT_REFUSED;
    if (status == EXIT_REFUSED)
        explain_refusal(c, &ask, ret_answer, url);
done:
    aw_http_answer_free(answer);
    json_decref(ask.body);
    free(body);
    if (auth)
        explicit_bzero(auth, strlen(auth));
    free(auth);
    free(url);
    return status;
}

void cli_answer_free(cli_answer *answer)
{
    json_decref(answer->json);
    free(answer->text);
    free(answer->location);
    *answer = (cli_answer){0};
}
