/*
 * The command-line client's shared words: what the user gave, one HTTP request, and how answers are shown.
 */
#ifndef AW_CLI_CLI_H
#define AW_CLI_CLI_H

#include <actingweb/actingweb.h>
#include <jansson.h>

enum { EXIT_OK = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

typedef struct cli {
    aw_runtime *runtime;
    const char *actor; /* URL of the user's actor, or NULL */
    const char *creator;
    char *passphrase;          /* a secret; or NULL */
    bool passphrase_from_file; /* and not of AW_PASSPHRASE, which is that of an actor that is there */
    const char *relationship;
    const char *desc;
    const char *granularity;
    int timeout_ms;
    bool json; /* print answers as they came */
    bool env;  /* of create: print the variables that make the actor this client's */
    bool colour;
    int argc; /* what follows the command's words */
    char **argv;
} cli;

/* ---- request.c ---- */

/* Who a request is made as. */
typedef enum cli_as { AS_NOBODY, AS_CREATOR, AS_PEER } cli_as;

typedef struct cli_ask {
    const char *method;
    const char *base; /* URL */
    const char *path; /* below it, already encoded; NULL: none */
    json_t *body;     /* stolen; NULL: none */
    cli_as as;
    const char *secret; /* of AS_PEER */
} cli_ask;

typedef struct cli_answer {
    int status;
    json_t *json;   /* NULL when it was none */
    char *text;     /* the body */
    char *location; /* or NULL */
} cli_answer;

/* Makes a request and waits. A 2xx gives EXIT_OK; all else is explained on stderr and gives the exit status. */
int cli_request(cli *c, cli_ask ask, cli_answer *ret_answer);
void cli_answer_free(cli_answer *answer);

/* Percent-encodes one path (keeps "/"); free() it. */
char *cli_encode(const char *path);
/* Parts joined with "/", each encoded whole; NULL ends them; free() it. */
char *cli_join(const char *first, ...);

/* ---- show.c ---- */
void cli_print_json(const json_t *value); /* indented, one newline */
/* An answer's value: a text as it is, unless JSON is asked for. */
void cli_print_value(const cli *c, const cli_answer *answer);
/* A table: rows of an array of objects, the named columns. */
void cli_print_table(const cli *c, const json_t *rows, const char *const *keys, const char *const *titles);
void cli_print_pairs(const json_t *object, const char *const *keys);
int cli_complain(const char *format, ...) AW_PRINTF(1, 2); /* to stderr; returns EXIT_USAGE */
/* Blanks for what would move the cursor or change colours: servers' and peers' words go to a terminal. Takes NULL. */
void cli_clean(char *text);

/* ---- one file per noun ---- */
int cli_create(cli *c), cli_delete(cli *c), cli_meta(cli *c);              /* actor.c */
int cli_get(cli *c), cli_set(cli *c), cli_unset(cli *c), cli_list(cli *c); /* property.c */
int cli_list_make(cli *c), cli_list_show(cli *c), cli_list_add(cli *c), cli_list_set(cli *c), cli_list_remove(cli *c),
    cli_list_describe(cli *c), cli_list_delete(cli *c); /* list.c */
int cli_trust_request(cli *c), cli_trust_list(cli *c), cli_trust_show(cli *c), cli_trust_types(cli *c),
    cli_trust_approve(cli *c), cli_trust_revoke(cli *c), cli_trust_delete(cli *c);              /* trust.c */
int cli_permissions_show(cli *c), cli_permissions_set(cli *c), cli_permissions_reset(cli *c);   /* permission.c */
int cli_subscribe(cli *c), cli_unsubscribe(cli *c), cli_subscriptions(cli *c);                  /* subscription.c */
int cli_peer_get(cli *c), cli_peer_post(cli *c), cli_peer_put(cli *c), cli_peer_delete(cli *c); /* peer.c */

/* What an operand stands for: JSON when it is JSON, otherwise a text; "-" is what stdin has. False after a
 * complaint. */
bool cli_read_value(const char *operand, json_t **ret_value); /* property.c */
/* The trust with a peer, as the server shows it to its creator. */
int cli_find_trust(cli *c, const char *peer_id, json_t **ret_trust); /* trust.c */

#endif
