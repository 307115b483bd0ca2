/*
 * What every public header needs: visibility, the named-arguments macro, and the names of the opaque types.
 */
#ifndef ACTINGWEB_COMMON_H
#define ACTINGWEB_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define AW_BEGIN_DECLS extern "C" {
#define AW_END_DECLS   }
#else
#define AW_BEGIN_DECLS
#define AW_END_DECLS
#endif

#if defined(__GNUC__)
#define AW_API            __attribute__((visibility("default")))
#define AW_PRINTF(fmt, a) __attribute__((format(printf, fmt, a)))
#define AW_NODISCARD      __attribute__((warn_unused_result))
#else
#define AW_API
#define AW_PRINTF(fmt, a)
#define AW_NODISCARD
#endif

#define AW_VERSION_MAJOR  0
#define AW_VERSION_MINOR  1
#define AW_VERSION_PATCH  0
#define AW_VERSION_STRING "0.1.0"

/*
 * Named arguments: AW_WITH(trust_create_reciprocal, .peer_url = url, .timeout_ms = 5000) is a pointer to an
 * aw_trust_create_reciprocal_params whose size is set and whose other fields are zero, which means "the default".
 * It points to a compound literal that lives until the end of the enclosing block; every function copies what it
 * keeps before it returns.
 *
 * The size tells which version of the struct an application was compiled with. A smaller one than the library's is
 * fine: the fields behind it are zero. So is a larger one: fields that the library does not know of are ignored.
 */
#define AW_WITH(noun_verb, ...) \
    (&(aw_##noun_verb##_params){.size = sizeof(aw_##noun_verb##_params), __VA_ARGS__})

/* The same with nothing but defaults. */
#define AW_DEFAULTS(noun_verb) (&(aw_##noun_verb##_params){.size = sizeof(aw_##noun_verb##_params)})

typedef struct aw_runtime aw_runtime;
typedef struct aw_group aw_group;
typedef struct aw_app aw_app;
typedef struct aw_actor aw_actor;
typedef struct aw_trust aw_trust;
typedef struct aw_subscription aw_subscription;
typedef struct aw_request aw_request;

/* An operation under way. A value: nothing to free, and one that has finished is harmless to cancel. 0 is none. */
typedef uint64_t aw_op;

#endif
