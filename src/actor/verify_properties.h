/*
 * What is wrong with properties: nothing leads to them, or the rows of a list do not fit together.
 */
#ifndef AW_ACTOR_VERIFY_PROPERTIES_H
#define AW_ACTOR_VERIFY_PROPERTIES_H

#include "store/verify.h"

extern const aw__verify_pass aw__verify_properties;

#endif
