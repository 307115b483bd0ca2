/*
 * / and /login: where actors are made, by programs in JSON and by people in a form (WIRE 3).
 */
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "web/web.h"

/* ---- pages ---- */

static const char page_top[] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>ActingWeb</title>\n"
    "<style>body{font:1rem/1.5 sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}"
    "label,input,button{display:block;font:inherit}input{width:100%;box-sizing:border-box;margin:0 0 1rem}"
    "code{overflow-wrap:anywhere}</style>\n";

static const char form_top[] =
    "<h1>ActingWeb</h1>\n<p>Make an actor: a small web service of your own, with its data, its relationships and its "
    "subscriptions.</p>\n<form method=\"post\" action=\"";

static const char form_rest[] =
    "\">\n<label for=\"creator\">Your name or e-mail address</label>\n"
    "<input id=\"creator\" name=\"creator\" required maxlength=\"255\" autocomplete=\"username\">\n"
    "<label for=\"passphrase\">Passphrase (left empty, one is made)</label>\n"
    "<input id=\"passphrase\" name=\"passphrase\" type=\"password\" maxlength=\"255\" autocomplete=\"new-password\">\n"
    "<button>Make an actor</button>\n</form>\n</html>\n";

/* Text for a place between tags or quotes. */
static int append_escaped(aw__buffer *page, const char *text)
{
    int rc = 0;

    for (; *text && !rc; text++) {
        static const char special[] = "<>&\"'";
        static const char *const entities[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};
        const char *found = strchr(special, *text);

        rc = found ? aw__buffer_append_text(page, entities[found - special]) : aw__buffer_append(page, text, 1);
    }
    return rc;
}

static int append_row(aw__buffer *page, const char *name, const char *value)
{
    int rc = aw__buffer_printf(page, "<dt>%s</dt><dd><code>", name);

    if (!rc)
        rc = append_escaped(page, value);
    return rc ? rc : aw__buffer_append_text(page, "</code></dd>\n");
}

/* Sends what was built, unless building it failed, and frees it. */
static void send_page(aw__call *call, int status, aw__buffer *page, int rc)
{
    if (rc)
        aw__call_json(call, 500, NULL);
    else
        aw__call_html(call, status, page->data);
    aw__buffer_free(page);
}

/* The path that the form is sent to: the root's own, for services that live below a prefix. */
static const char *root_path(const aw__call *call)
{
    const char *host = strstr(call->site->config.root, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;

    return path ? path : "/";
}

void aw__factory_page(aw__call *call)
{
    aw__buffer page = {0};
    int rc = aw__buffer_append_text(&page, page_top);

    if (!rc)
        rc = aw__buffer_append_text(&page, form_top);
    if (!rc)
        rc = append_escaped(&page, root_path(call));
    if (!rc)
        rc = aw__buffer_append_text(&page, form_rest);
    send_page(call, 200, &page, rc);
}

static void send_made_page(aw__call *call, const aw__actor_row *row, const char *url)
{
    aw__buffer page = {0};
    int rc = aw__buffer_append_text(&page, page_top);

    if (!rc)
        rc = aw__buffer_append_text(&page, "<h1>Your actor is made</h1>\n<p>Keep the passphrase: it is shown once, and "
                                           "with the name it opens the actor.</p>\n<dl>\n");
    if (!rc)
        rc = append_row(&page, "Address", url);
    if (!rc)
        rc = append_row(&page, "Name", row->creator);
    if (!rc)
        rc = append_row(&page, "Passphrase", row->passphrase);
    if (!rc)
        rc = aw__buffer_append_text(&page, "</dl>\n</html>\n");
    send_page(call, 200, &page, rc);
}

static void send_refusal_page(aw__call *call, int status, const char *message)
{
    aw__buffer page = {0};
    int rc = aw__buffer_append_text(&page, page_top);

    if (!rc)
        rc = aw__buffer_append_text(&page, "<h1>No actor was made</h1>\n<p>");
    if (!rc)
        rc = append_escaped(&page, message);
    if (!rc)
        rc = aw__buffer_append_text(&page, "</p>\n</html>\n");
    send_page(call, status, &page, rc);
}

/* ---- making an actor ---- */

struct wish {
    const char *creator; /* NULL: the default */
    const char *passphrase;
    const char *trustee_root;
    bool page; /* a person asks: the answer is a page */
};

static bool wants_page(const aw__call *call)
{
    const char *accept = aw__exchange_header(call->exchange, "Accept");

    return aw__call_is_form(call) && !(accept && strstr(accept, "application/json"));
}

static void refuse(aw__call *call, const struct wish *wish, int status, const char *code, const char *message)
{
    if (wish->page)
        send_refusal_page(call, status, message);
    else
        aw__call_fail(call, status, code, "%s", message);
}

/* An empty one is as good as none. */
static bool read_field(aw__call *call, const json_t *body, const char *name, const char **ret_text)
{
    if (!aw__call_take_text(call, body, name, ret_text))
        return false;
    if (aw__text_empty(*ret_text))
        *ret_text = NULL;
    return true;
}

static bool read_wish(aw__call *call, struct wish *wish)
{
    json_t *body;

    wish->page = wants_page(call);
    body = aw__call_object(call);
    if (!body)
        return false;
    if (!read_field(call, body, "creator", &wish->creator) ||
        !read_field(call, body, "passphrase", &wish->passphrase) ||
        !read_field(call, body, "trustee_root", &wish->trustee_root))
        return false;
    if (wish->page && !wish->creator) {
        send_refusal_page(call, 400, "A name or an e-mail address is needed.");
        return false;
    }
    return true;
}

/* Stores it whole or not at all. */
static int make(aw__call *call, const struct wish *wish, aw__actor_row *ret_row, aw_error *err)
{
    bool created = false;
    int rc = aw__actor_create(call->site, call->arena, wish->creator, wish->passphrase, ret_row, &created, err);

    if (rc || !created || !wish->trustee_root)
        return rc;
    rc = aw__actor_set_trustee_root(call->site, ret_row->id, wish->trustee_root, err);
    if (rc)
        (void)aw__actor_erase(call->site, ret_row->id, NULL);
    return rc;
}

static void send_made(aw__call *call, const aw__actor_row *row, const char *trustee_root)
{
    json_t *body = json_pack("{s:s,s:s,s:s}", "id", row->id, "creator", row->creator, "passphrase", row->passphrase);

    if (body && trustee_root && aw__json_set_text(body, "trustee_root", trustee_root)) {
        json_decref(body);
        body = NULL;
    }
    aw__call_json(call, 201, body);
    json_decref(body);
}

void aw__factory_create(aw__call *call)
{
    struct wish wish = {0};
    aw__actor_row row;
    aw_error err = {0};

    if (!read_wish(call, &wish))
        return;
    int rc = make(call, &wish, &row, &err);

    if (rc == AW_E_EXISTS) {
        refuse(call, &wish, 403, "creator_exists", err.message);
        return;
    }
    if (rc == AW_E_INVALID) {
        refuse(call, &wish, 400, "bad_request", err.message);
        return;
    }
    if (rc) {
        aw__call_error(call, &err);
        return;
    }
    const char *url = aw__site_actor_url(call->site, call->arena, row.id);

    if (!url) {
        aw__call_json(call, 500, NULL);
        return;
    }
    aw__call_header(call, "Location", url);
    aw__call_header(call, "Cache-Control", "no-store");
    if (wish.page)
        send_made_page(call, &row, url);
    else
        send_made(call, &row, wish.trustee_root);
}
