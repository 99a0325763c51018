#pragma once
#include <tiffio.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What libtiff said while a file was open: the first error, and the latest warning. */
typedef struct {
  char error[400];
  char warning[400];
} lb_tiff_messages;

static int lb_tiff_keep(char *text, size_t size, const char *format, va_list arguments) {
  if (!text[0]) vsnprintf(text, size, format, arguments);
  return 1;
}

static int lb_tiff_on_error(TIFF *file, void *context, const char *module, const char *format, va_list arguments) {
  lb_tiff_messages *messages = (lb_tiff_messages *)context;
  (void)file; (void)module;
  return lb_tiff_keep(messages->error, sizeof messages->error, format, arguments);
}

static int lb_tiff_on_warning(TIFF *file, void *context, const char *module, const char *format, va_list arguments) {
  lb_tiff_messages *messages = (lb_tiff_messages *)context;
  (void)file; (void)module;
  messages->warning[0] = 0;
  return lb_tiff_keep(messages->warning, sizeof messages->warning, format, arguments);
}

/* Opens in a mode of libtiff's; messages must live as long as the file. */
static inline TIFF *lb_tiff_open_as(const char *path, const char *mode, lb_tiff_messages *messages, tmsize_t largest) {
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  TIFF *file = NULL;
  memset(messages, 0, sizeof *messages);
  if (!options) return NULL;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, largest);
  TIFFOpenOptionsSetErrorHandlerExtR(options, lb_tiff_on_error, messages);
  TIFFOpenOptionsSetWarningHandlerExtR(options, lb_tiff_on_warning, messages);
  file = TIFFOpenExt(path, mode, options);
  TIFFOpenOptionsFree(options);
  return file;
}

/* Opens for reading, without memory mapping. */
static inline TIFF *lb_tiff_open(const char *path, lb_tiff_messages *messages, tmsize_t largest) {
  return lb_tiff_open_as(path, "rm", messages, largest);
}

/* Begins a file of little-endian numbers, with 64-bit offsets where it is big. */
static inline TIFF *lb_tiff_create(const char *path, int is_big, lb_tiff_messages *messages) {
  return lb_tiff_open_as(path, is_big ? "wl8" : "wl", messages, 0);
}

/* Fields with their defaults; variadic functions are out of Swift's reach. Return 1 when the field has a value. */
static inline int lb_tiff_u16(TIFF *file, uint32_t tag, uint16_t *value) { return TIFFGetFieldDefaulted(file, tag, value); }
static inline int lb_tiff_u32(TIFF *file, uint32_t tag, uint32_t *value) { return TIFFGetFieldDefaulted(file, tag, value); }

/* The bytes of a text field; 0 when it is absent. */
static inline size_t lb_tiff_text_length(TIFF *file, uint32_t tag) {
  char *value = NULL;
  return TIFFGetField(file, tag, &value) && value ? strlen(value) : 0;
}

/* Copies at most size - 1 bytes of a text field; 0 when it is absent. */
static inline int lb_tiff_text(TIFF *file, uint32_t tag, char *text, size_t size) {
  char *value = NULL;
  text[0] = 0;
  if (!TIFFGetField(file, tag, &value) || !value) return 0;
  snprintf(text, size, "%s", value);
  return 1;
}
static inline int lb_tiff_f32(TIFF *file, uint32_t tag, float *value) { return TIFFGetField(file, tag, value); }

/* Fields of the page that is being written; return 1 when libtiff took the value. */
static inline int lb_tiff_set_number(TIFF *file, uint32_t tag, uint32_t value) { return TIFFSetField(file, tag, value); }
static inline int lb_tiff_set_real(TIFF *file, uint32_t tag, double value) { return TIFFSetField(file, tag, value); }
static inline int lb_tiff_set_text(TIFF *file, uint32_t tag, const char *text) { return TIFFSetField(file, tag, text); }
