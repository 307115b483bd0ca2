/*
 * The breaker, and back-off.
 */
#include "flow/breaker.h"

static bool has_tripped(const aw__breaker *breaker)
{
    return breaker->failures >= AW__BREAKER_FAILURES;
}

bool aw__breaker_allows(const aw__breaker *breaker, uint64_t now_ms)
{
    return !has_tripped(breaker) || (!breaker->probing && now_ms >= breaker->open_until_ms);
}

bool aw__breaker_try(aw__breaker *breaker)
{
    breaker->probing = has_tripped(breaker);
    return breaker->probing;
}

void aw__breaker_succeed(aw__breaker *breaker)
{
    *breaker = (aw__breaker){0};
}

void aw__breaker_fail(aw__breaker *breaker, bool probe, uint64_t now_ms, int open_ms)
{
    /* What had been sent before it tripped does not keep it open for longer. */
    if (has_tripped(breaker) && !probe)
        return;
    if (probe)
        breaker->probing = false;
    else
        breaker->failures++;
    if (has_tripped(breaker))
        breaker->open_until_ms = now_ms + (uint64_t)open_ms;
}

void aw__breaker_undecided(aw__breaker *breaker, bool probe)
{
    if (probe)
        breaker->probing = false;
}

uint64_t aw__breaker_wait_ms(const aw__breaker *breaker, uint64_t now_ms)
{
    return has_tripped(breaker) && breaker->open_until_ms > now_ms ? breaker->open_until_ms - now_ms : 0;
}

uint64_t aw__backoff_ms(int failures, int first_ms, int max_ms, int asked_ms, uint64_t random)
{
    uint64_t delay_ms = (uint64_t)first_ms;

    for (int i = 1; i < failures && delay_ms < (uint64_t)max_ms; i++)
        delay_ms *= 4;
    if (delay_ms > (uint64_t)max_ms)
        delay_ms = (uint64_t)max_ms;
    delay_ms -= random % (delay_ms / 2 + 1);
    if (asked_ms > AW__ASKED_MAX_MS)
        asked_ms = AW__ASKED_MAX_MS;
    return asked_ms > 0 && (uint64_t)asked_ms > delay_ms ? (uint64_t)asked_ms : delay_ms;
}
