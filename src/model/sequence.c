/*
 * The sequence machine. It keeps nothing and asks no clock.
 */
#include "model/sequence.h"

static bool waits(const aw__sequence_state *state, int64_t sequence)
{
    for (size_t i = 0; i < state->pending_count; i++)
        if (state->pending[i] == sequence)
            return true;
    return false;
}

int64_t aw__sequence_drain(const aw__sequence_state *state, int64_t from)
{
    for (size_t i = 0; i < state->pending_count; i++) {
        if (state->pending[i] <= from)
            continue; /* older than what was applied meanwhile, or twice the same */
        if (state->pending[i] - 1 != from)
            break;
        from = state->pending[i];
    }
    return from;
}

bool aw__sequence_gap_expired(const aw__sequence_state *state, const aw__sequence_limits *limits)
{
    return state->pending_count && state->oldest_pending_ms > limits->gap_timeout_ms;
}

aw__sequence_verdict aw__sequence_judge(const aw__sequence_state *state, const aw__sequence_limits *limits,
                                        int64_t incoming, int64_t *ret_last)
{
    if (incoming <= state->last)
        return AW__SEQUENCE_DUPLICATE;
    if (incoming - 1 == state->last) {
        *ret_last = aw__sequence_drain(state, incoming);
        return AW__SEQUENCE_PROCESS;
    }
    if (aw__sequence_gap_expired(state, limits))
        return AW__SEQUENCE_RESYNC;
    if (waits(state, incoming))
        return AW__SEQUENCE_DUPLICATE;
    return state->pending_count >= limits->max_pending ? AW__SEQUENCE_REJECT_FULL : AW__SEQUENCE_QUEUE;
}
