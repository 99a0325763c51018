void CK_TWIN(assemble_rows_f32)(size_t count, size_t width, const int32_t *sources, const float *rows,
                                const float *filler, const int32_t *places, const float *positions, float *out) {
  for (size_t row = 0; row < count; row++, out += width) {
    const float *from = sources[row] >= 0 ? rows + (size_t)sources[row] * width : filler;
    const float *position = places && places[row] >= 0 ? positions + (size_t)places[row] * width : NULL;
    if (from && position) {
      CK_TWIN(add_f32)(width, from, position, out);
    } else if (from || position) {
      memcpy(out, from ? from : position, width * sizeof(float));
    } else {
      memset(out, 0, width * sizeof(float));
    }
  }
}

/* Visits the volume row by row: a row of the volume holds, for each patch along x, `patch.x` neighbouring voxels. */
#define CK_TOKEN_ROWS(size, patch, body)                                                             \
  const size_t voxels = patch.z * patch.y * patch.x, columns = size.x / patch.x, rows = size.y / patch.y; \
  for (size_t z = 0; z < size.z; z++)                                                                \
    for (size_t y = 0; y < size.y; y++) {                                                            \
      const size_t place = ((z % patch.z) * patch.y + y % patch.y) * patch.x;                        \
      const size_t token = (z / patch.z * rows + y / patch.y) * columns;                             \
      for (size_t x = 0; x < columns; x++) {                                                         \
        const size_t in_volume = (z * size.y + y) * size.x + x * patch.x;                            \
        const size_t in_tokens = (token + x) * voxels + place;                                       \
        body;                                                                                        \
      }                                                                                              \
    }

void CK_TWIN(patches_to_tokens_f32)(ck_extent size, ck_extent patch, const float *volume, float *tokens) {
  CK_TOKEN_ROWS(size, patch, memcpy(tokens + in_tokens, volume + in_volume, patch.x * sizeof(float)))
}

void CK_TWIN(tokens_to_patches_f32)(ck_extent size, ck_extent patch, const float *tokens, float *volume) {
  CK_TOKEN_ROWS(size, patch, memcpy(volume + in_volume, tokens + in_tokens, patch.x * sizeof(float)))
}

/* Visits every tap of a voxel that lies inside the volume, in the order kz, ky, kx. */
#define CK_TAPS(size, kernel, voxel, body)                                                                       \
  for (size_t kz = 0, tap = 0; kz < kernel.z; kz++)                                                              \
    for (size_t ky = 0; ky < kernel.y; ky++)                                                                     \
      for (size_t kx = 0; kx < kernel.x; kx++, tap++) {                                                          \
        const size_t z = voxel / (size.y * size.x) + kz - kernel.z / 2;                                          \
        const size_t y = voxel / size.x % size.y + ky - kernel.y / 2, x = voxel % size.x + kx - kernel.x / 2;    \
        const int inside = z < size.z && y < size.y && x < size.x; /* negative ones have wrapped round */        \
        const size_t other = (z * size.y + y) * size.x + x;                                                      \
        body;                                                                                                    \
      }

void CK_TWIN(unfold_f32)(ck_extent size, ck_extent kernel, size_t channels, size_t from, size_t count,
                         const float *volume, float *columns) {
  const size_t taps = kernel.z * kernel.y * kernel.x;
  for (size_t voxel = from; voxel < from + count; voxel++, columns += taps * channels) {
    CK_TAPS(size, kernel, voxel,
            for (size_t channel = 0; channel < channels; channel++) columns[channel * taps + tap] =
                inside ? volume[other * channels + channel] : 0;)
  }
}

/* What a voxel gets comes from the taps of its neighbours: the tap that leads from the other voxel here. */
void CK_TWIN(fold_f32)(ck_extent size, ck_extent kernel, size_t channels, const float *columns, float *volume) {
  const size_t taps = kernel.z * kernel.y * kernel.x, voxels = size.z * size.y * size.x;
  memset(volume, 0, voxels * channels * sizeof(float));
  for (size_t voxel = 0; voxel < voxels; voxel++) {
    CK_TAPS(size, kernel, voxel,
            for (size_t channel = 0; inside && channel < channels; channel++) volume[voxel * channels + channel] +=
                columns[(other * channels + channel) * taps + (taps - 1 - tap)];)
  }
}
