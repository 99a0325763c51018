#pragma once
#define H5_USE_110_API
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

/* The macros of HDF5 that Swift cannot see, as functions. Each of them may initialise the library. */
static inline hid_t lb_h5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t lb_h5_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t lb_h5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t lb_h5_dataset_access(void) { return H5P_DATASET_ACCESS; }
static inline hid_t lb_h5_group_create(void) { return H5P_GROUP_CREATE; }
static inline unsigned lb_h5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned lb_h5_exclusive(void) { return H5F_ACC_EXCL; }
static inline haddr_t lb_h5_undefined_address(void) { return HADDR_UNDEF; }
static inline hid_t lb_h5_c_string(void) { return H5T_C_S1; }
static inline size_t lb_h5_variable(void) { return H5T_VARIABLE; }

/* Little-endian (0) and big-endian (1) file types; kind 0 signed, 1 unsigned, 2 floating point. */
static inline hid_t lb_h5_type(int kind, size_t size, int big) {
  switch (kind * 16 + (int)size) {
  case 1: return H5T_STD_I8LE;
  case 2: return big ? H5T_STD_I16BE : H5T_STD_I16LE;
  case 4: return big ? H5T_STD_I32BE : H5T_STD_I32LE;
  case 8: return big ? H5T_STD_I64BE : H5T_STD_I64LE;
  case 17: return H5T_STD_U8LE;
  case 18: return big ? H5T_STD_U16BE : H5T_STD_U16LE;
  case 20: return big ? H5T_STD_U32BE : H5T_STD_U32LE;
  case 24: return big ? H5T_STD_U64BE : H5T_STD_U64LE;
  case 36: return big ? H5T_IEEE_F32BE : H5T_IEEE_F32LE;
  case 40: return big ? H5T_IEEE_F64BE : H5T_IEEE_F64LE;
  default: return -1;
  }
}

/* The automatic printing is per thread, so every entry turns it off again. */
static inline void lb_h5_silence(void) {
  H5open();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

typedef struct {
  char text[400];
  int is_set;
} lb_h5_message;

static herr_t lb_h5_visit(unsigned depth, const H5E_error2_t *error, void *context) {
  lb_h5_message *message = (lb_h5_message *)context;
  (void)depth;
  if (!message->is_set && error->desc) {
    snprintf(message->text, sizeof message->text, "%s", error->desc);
    message->is_set = 1;
  }
  return 0;
}

/* The innermost message of the error stack, which is then emptied. */
static inline void lb_h5_take_message(char *text, size_t size) {
  lb_h5_message message;
  memset(&message, 0, sizeof message);
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, lb_h5_visit, &message);
  H5Eclear2(H5E_DEFAULT);
  snprintf(text, size, "%s", message.text);
}

static herr_t lb_h5_refuse(const char *a, const char *b, const char *c, const char *d, unsigned *e, hid_t f, void *g) {
  (void)a; (void)b; (void)c; (void)d; (void)e; (void)f; (void)g;
  return -1;
}

/* Links into other files are refused: a file could name any path of the machine. */
static inline herr_t lb_h5_refuse_external_links(hid_t list) { return H5Pset_elink_cb(list, lb_h5_refuse, NULL); }
