#include "kernels.h"

#include <string.h>

#if defined(__aarch64__) || defined(__FMA__)
#define CK_HAS_FMA
#endif
#define CK_REGISTERS 16
#define CK_TWIN(name) ck_portable_##name
#pragma clang fp contract(off)
#pragma clang diagnostic ignored "-Wpsabi"
#include "vector.h"
#include "lanes.h"
#include "transcendental.h"
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
