/*
 * What a program does to the files below one folder, written down in order: loaded before the system's library
 * (LD_PRELOAD) into the program of a test. See cuts.rs for what is made of it, and cuts/log.rs for the reader.
 *
 * A sync is written down and not made: the test throws away what was not synced by itself. SQLite's shared index
 * (-shm) is left out: it is mapped, and made anew after a power cut.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

typedef char Name[PATH_MAX + 64];

static Name folder;
static size_t folder_length;
static int notes = -1;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    const char *watched = getenv("SATCHEL_CUTS_FOLDER"), *into = getenv("SATCHEL_CUTS_LOG");
    if (!watched || !into || strlen(watched) >= PATH_MAX) return;
    strcpy(folder, watched);
    folder_length = strlen(folder);
    notes = syscall(SYS_openat, AT_FDCWD, into, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (notes < 0) abort();
}

/* The part of a path below the folder, without a stroke at its beginning; NULL for what is not watched. */
static const char *below(const char *path) {
    size_t length = strlen(path);
    if (notes < 0 || strncmp(path, folder, folder_length) != 0) return NULL;
    if (length >= 4 && strcmp(path + length - 4, "-shm") == 0) return NULL;
    if (length >= 10 && strcmp(path + length - 10, " (deleted)") == 0) return NULL;
    if (path[folder_length] == '\0') return path + folder_length;
    return path[folder_length] == '/' ? path + folder_length + 1 : NULL;
}

static const char *place_of(int file, Name name) {
    char link[40] = "/proc/self/fd/";
    char digits[12];
    int count = 0, at = 14;
    if (notes < 0 || file < 0) return NULL;
    do digits[count++] = '0' + file % 10; while ((file /= 10) > 0);
    while (count > 0) link[at++] = digits[--count];
    link[at] = '\0';
    ssize_t length = readlink(link, name, sizeof(Name) - 1);
    if (length < 0) return NULL;
    name[length] = '\0';
    return below(name);
}

static const char *place_at(int dir, const char *path, Name name) {
    if (path[0] == '/' || dir == AT_FDCWD) return below(path);
    Name base;
    const char *under = place_of(dir, base);
    if (!under || strlen(base) + strlen(path) + 2 > sizeof(Name)) return NULL;
    strcpy(name, base);
    strcat(name, "/");
    strcat(name, path);
    return below(name);
}

static void put(const void *bytes, size_t length) {
    while (length > 0) {
        ssize_t done = syscall(SYS_write, notes, bytes, length);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) abort();
        bytes = (const char *)bytes + done;
        length -= done;
    }
}

/* One note: what, a number, the lengths of path and bytes, path, bytes. Numbers are in the machine's own order. */
static void note(char what, const char *path, uint64_t number, const void *bytes, uint64_t length) {
    int kept = errno;
    uint64_t head[4] = {(unsigned char)what, number, strlen(path), length};
    put(head, sizeof head);
    put(path, head[2]);
    put(bytes, length);
    errno = kept;
}

static int opened(int dir, const char *path, int flags, mode_t mode) {
    Name name;
    pthread_mutex_lock(&turn);
    const char *place = place_at(dir, path, name);
    int is_new = place && (flags & O_CREAT) && syscall(SYS_faccessat, dir, path, F_OK) != 0;
    int file = syscall(SYS_openat, dir, path, flags, mode);
    if (file >= 0 && place) {
        if (is_new) note('c', place, 0, NULL, 0);
        else if (flags & O_TRUNC) note('t', place, 0, NULL, 0);
    }
    pthread_mutex_unlock(&turn);
    return file;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int dir, const char *path, int flags, ...) { MODE(flags) return opened(dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { MODE(flags) return opened(dir, path, flags, mode); }

ssize_t write(int file, const void *bytes, size_t length) {
    Name name;
    pthread_mutex_lock(&turn);
    const char *place = place_of(file, name);
    ssize_t done = syscall(SYS_write, file, bytes, length);
    if (place && done > 0) note('w', place, lseek(file, 0, SEEK_CUR) - done, bytes, done);
    pthread_mutex_unlock(&turn);
    return done;
}

/* Several parts at once: only the first of a watched file is written, and the caller writes the others by itself. */
ssize_t writev(int file, const struct iovec *parts, int count) {
    Name name;
    if (!place_of(file, name)) return syscall(SYS_writev, file, parts, count);
    while (count > 1 && parts->iov_len == 0) parts++, count--;
    return count > 0 ? write(file, parts->iov_base, parts->iov_len) : 0;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) {
    Name name;
    pthread_mutex_lock(&turn);
    const char *place = place_of(file, name);
    ssize_t done = syscall(SYS_pwrite64, file, bytes, length, at);
    if (place && done > 0) note('w', place, at, bytes, done);
    pthread_mutex_unlock(&turn);
    return done;
}
ssize_t pwrite64(int file, const void *bytes, size_t length, off_t at) { return pwrite(file, bytes, length, at); }

int ftruncate(int file, off_t length) {
    Name name;
    pthread_mutex_lock(&turn);
    const char *place = place_of(file, name);
    int done = syscall(SYS_ftruncate, file, length);
    if (place && done == 0) note('t', place, length, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int ftruncate64(int file, off_t length) { return ftruncate(file, length); }

int fsync(int file) {
    Name name;
    pthread_mutex_lock(&turn);
    const char *place = place_of(file, name);
    if (place) note('s', place, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    return place ? 0 : syscall(SYS_fsync, file);
}
int fdatasync(int file) { return fsync(file); }

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags) {
    Name one, two;
    pthread_mutex_lock(&turn);
    const char *old = place_at(from_dir, from, one), *new = place_at(to_dir, to, two);
    if (!old != !new || (old && flags)) abort(); /* into the folder or out of it: the log could not tell what came */
    int done = syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
    if (old && done == 0) note('m', old, 0, new, strlen(new));
    pthread_mutex_unlock(&turn);
    return done;
}
int renameat(int from_dir, const char *from, int to_dir, const char *to) { return renameat2(from_dir, from, to_dir, to, 0); }
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int dir, const char *path, int flags) {
    Name name;
    pthread_mutex_lock(&turn);
    const char *place = place_at(dir, path, name);
    int done = syscall(SYS_unlinkat, dir, path, flags);
    if (place && done == 0) note('u', place, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int dir, const char *path, mode_t mode) {
    Name name;
    pthread_mutex_lock(&turn);
    const char *place = place_at(dir, path, name);
    int done = syscall(SYS_mkdirat, dir, path, mode);
    if (place && done == 0) note('d', place, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* Ways to write that the log cannot tell: the program is told that this system has none, and takes a plain one. */
ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *into, size_t length, unsigned int flags) {
    Name name;
    if (!place_of(to, name)) return syscall(SYS_copy_file_range, from, at, to, into, length, flags);
    errno = ENOSYS;
    return -1;
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t length) {
    Name name;
    if (!place_of(to, name)) return syscall(SYS_sendfile, to, from, at, length);
    errno = ENOSYS;
    return -1;
}
ssize_t sendfile(int to, int from, off_t *at, size_t length) { return sendfile64(to, from, at, length); }
int posix_fallocate64(int file, off64_t at, off64_t length) { (void)file, (void)at, (void)length; return EOPNOTSUPP; }
int posix_fallocate(int file, off_t at, off_t length) { return posix_fallocate64(file, at, length); }
int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
    Name name;
    if (!place_at(to_dir, to, name)) return syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
    errno = EPERM;
    return -1;
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
