#pragma once
#define H5_USE_110_API
#include <hdf5.h>
