#include "kernels.h"

#include <string.h>

#if defined(__x86_64__)
#define CK_HAS_FMA
#define CK_REGISTERS 32
#define CK_TWIN(name) ck_avx512_##name
#pragma clang fp contract(off)
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f,avx512vl"))), apply_to = function)
#include "vector.h"
#include "lanes.h"
#include "transcendental.h"
#include "sixteen.h"
#include "peak.h"
#include "elementwise.h"
#include "batchnorm.h"
#include "loss.h"
#include "optimiser.h"
#include "layout.h"
#include "depthwise.h"
#include "depthwise_gradient.h"
#include "pointwise.h"
#include "matmul.h"
#include "layernorm.h"
#include "attention.h"
#include "rows.h"
#include "tokens.h"
#pragma clang attribute pop
#endif
