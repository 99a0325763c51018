/* Visits the volume row by row: a row of the volume holds, for each patch along x, `patch.x` neighbouring channels. */
#define CK_PATCH_ROWS(size, patch, body)                                                                     \
  const size_t columns = size.x / patch.x, rows = size.y / patch.y, voxels = size.z / patch.z * rows * columns; \
  for (size_t z = 0; z < size.z / patch.z * patch.z; z++)                                                    \
    for (size_t y = 0; y < rows * patch.y; y++) {                                                            \
      const size_t place = ((z % patch.z) * patch.y + y % patch.y) * patch.x;                                \
      const size_t voxel = (z / patch.z * rows + y / patch.y) * columns;                                     \
      const size_t row = (z * size.y + y) * size.x;                                                          \
      for (size_t inner = 0; inner < patch.x; inner++) {                                                     \
        const size_t channel = place + inner;                                                                \
        const size_t blocked = ((channel / 8) * voxels + voxel) * 8 + channel % 8, flat = row + inner;       \
        for (size_t x = 0; x < columns; x++) body;                                                           \
      }                                                                                                      \
    }

void CK_TWIN(patches_to_blocks_f32)(ck_extent size, ck_extent patch, const float *volume, float *blocks) {
  const size_t channels = patch.z * patch.y * patch.x, last = channels / 8;
  CK_PATCH_ROWS(size, patch, blocks[blocked + 8 * x] = volume[flat + x * patch.x])
  if (channels % 8 == 0) return;
  for (size_t v = 0; v < voxels; v++)
    for (size_t lane = channels % 8; lane < 8; lane++) blocks[(last * voxels + v) * 8 + lane] = 0;
}

void CK_TWIN(blocks_to_patches_f32)(ck_extent size, ck_extent patch, const float *blocks, float *volume) {
  CK_PATCH_ROWS(size, patch, volume[flat + x * patch.x] = blocks[blocked + 8 * x])
}

void CK_TWIN(channels_to_blocks_f32)(size_t voxels, size_t channels, const float *channels_last, float *blocks) {
  const size_t whole = channels / 8, rest = channels % 8;
  for (size_t v = 0; v < voxels; v++) {
    const float *from = channels_last + v * channels;
    float *to = blocks + 8 * v;
    for (size_t block = 0; block < whole; block++) v8_store(to + block * voxels * 8, v8_load(from + 8 * block));
    if (rest) v8_store(to + whole * voxels * 8, v8_load_first(from + 8 * whole, rest));
  }
}

void CK_TWIN(blocks_to_channels_f32)(size_t voxels, size_t channels, const float *blocks, float *channels_last) {
  const size_t whole = channels / 8, rest = channels % 8;
  for (size_t v = 0; v < voxels; v++) {
    const float *from = blocks + 8 * v;
    float *to = channels_last + v * channels;
    for (size_t block = 0; block < whole; block++) v8_store(to + 8 * block, v8_load(from + block * voxels * 8));
    if (rest) v8_store_first(to + 8 * whole, v8_load(from + whole * voxels * 8), rest);
  }
}
