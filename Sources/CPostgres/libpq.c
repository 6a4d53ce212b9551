// libpq, loaded when it is first needed.
//
// With it come two dozen libraries (LDAP, Kerberos, GnuTLS), and to link them takes a fifth of the time in which a stage
// starts and finds that nothing has changed: whose database is a file has no use for them.
#include "CPostgres.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

// What is called of it, as its header declares it: each is a function of the same name that calls the real one.
#define LIBPQ(FUNCTION)                                                                                                \
    FUNCTION(PGconn *, PQconnectdbParams, (const char *const *names, const char *const *values, int expand),           \
             (names, values, expand))                                                                                  \
    FUNCTION(void, PQfinish, (PGconn *connection), (connection))                                                       \
    FUNCTION(ConnStatusType, PQstatus, (const PGconn *connection), (connection))                                       \
    FUNCTION(char *, PQerrorMessage, (const PGconn *connection), (connection))                                         \
    FUNCTION(PQnoticeProcessor, PQsetNoticeProcessor, (PGconn *connection, PQnoticeProcessor processor, void *argument), \
             (connection, processor, argument))                                                                        \
    FUNCTION(PQconninfoOption *, PQconndefaults, (void), ())                                                           \
    FUNCTION(PQconninfoOption *, PQconninfoParse, (const char *text, char **problem), (text, problem))                 \
    FUNCTION(PQconninfoOption *, PQconninfo, (PGconn *connection), (connection))                                       \
    FUNCTION(void, PQconninfoFree, (PQconninfoOption *options), (options))                                             \
    FUNCTION(char *, PQhostaddr, (const PGconn *connection), (connection))                                             \
    FUNCTION(int, PQsslInUse, (PGconn *connection), (connection))                                                      \
    FUNCTION(void, PQfreemem, (void *memory), (memory))                                                                \
    FUNCTION(PGresult *, PQexec, (PGconn *connection, const char *text), (connection, text))                           \
    FUNCTION(PGresult *, PQexecParams,                                                                                 \
             (PGconn *connection, const char *text, int count, const Oid *types, const char *const *values,            \
              const int *lengths, const int *formats, int format),                                                     \
             (connection, text, count, types, values, lengths, formats, format))                                       \
    FUNCTION(int, PQenterPipelineMode, (PGconn *connection), (connection))                                             \
    FUNCTION(int, PQexitPipelineMode, (PGconn *connection), (connection))                                              \
    FUNCTION(int, PQpipelineSync, (PGconn *connection), (connection))                                                  \
    FUNCTION(int, PQsendPrepare,                                                                                       \
             (PGconn *connection, const char *name, const char *text, int count, const Oid *types),                    \
             (connection, name, text, count, types))                                                                   \
    FUNCTION(int, PQsendQueryPrepared,                                                                                 \
             (PGconn *connection, const char *name, int count, const char *const *values, const int *lengths,          \
              const int *formats, int format),                                                                         \
             (connection, name, count, values, lengths, formats, format))                                              \
    FUNCTION(int, PQsendQuery, (PGconn *connection, const char *text), (connection, text))                             \
    FUNCTION(int, PQsendQueryParams,                                                                                   \
             (PGconn *connection, const char *text, int count, const Oid *types, const char *const *values,            \
              const int *lengths, const int *formats, int format),                                                     \
             (connection, text, count, types, values, lengths, formats, format))                                       \
    FUNCTION(int, PQsocket, (const PGconn *connection), (connection))                                                  \
    FUNCTION(int, PQisBusy, (PGconn *connection), (connection))                                                        \
    FUNCTION(int, PQconsumeInput, (PGconn *connection), (connection))                                                  \
    FUNCTION(PGresult *, PQgetResult, (PGconn *connection), (connection))                                              \
    FUNCTION(void, PQclear, (PGresult *result), (result))                                                              \
    FUNCTION(ExecStatusType, PQresultStatus, (const PGresult *result), (result))                                       \
    FUNCTION(char *, PQresultErrorField, (const PGresult *result, int field), (result, field))                         \
    FUNCTION(char *, PQcmdTuples, (PGresult *result), (result))                                                        \
    FUNCTION(int, PQntuples, (const PGresult *result), (result))                                                       \
    FUNCTION(int, PQnfields, (const PGresult *result), (result))                                                       \
    FUNCTION(char *, PQfname, (const PGresult *result, int column), (result, column))                                  \
    FUNCTION(Oid, PQftype, (const PGresult *result, int column), (result, column))                                     \
    FUNCTION(int, PQfformat, (const PGresult *result, int column), (result, column))                                   \
    FUNCTION(char *, PQgetvalue, (const PGresult *result, int row, int column), (result, row, column))                 \
    FUNCTION(int, PQgetlength, (const PGresult *result, int row, int column), (result, row, column))                   \
    FUNCTION(int, PQgetisnull, (const PGresult *result, int row, int column), (result, row, column))

#define FORWARD(RESULT, NAME, PARAMETERS, ARGUMENTS)                                                                   \
    static __typeof__(NAME) *real_##NAME;                                                                              \
    RESULT NAME PARAMETERS { return real_##NAME ARGUMENTS; }
LIBPQ(FORWARD)

static char problem[512];

static void load(void) {
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(problem, sizeof(problem), "%s", dlerror());
        return;
    }
#define FIND(RESULT, NAME, PARAMETERS, ARGUMENTS)                                                                      \
    real_##NAME = (__typeof__(NAME) *)dlsym(library, #NAME);                                                           \
    if (real_##NAME == NULL) { snprintf(problem, sizeof(problem), "libpq.so.5 has no " #NAME); }
    LIBPQ(FIND)
}

const char *postgres_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return problem[0] == 0 ? NULL : problem;
}
