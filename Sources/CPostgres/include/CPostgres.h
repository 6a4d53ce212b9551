#ifndef CPOSTGRES_H
#define CPOSTGRES_H

#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

/// Loads libpq, if that has not been done; before it nothing of libpq may be called.
///
/// Returns NULL, or why it can't be loaded, in the words of the dynamic linker.
const char *postgres_load(void);

#endif
