// Opens many event streams and measures each chunk's way: send time in the event against the time it is read here.
// usage: sse-load PORT PATH CLIENT-KEY STREAMS GAP-US   -> one line of JSON
// Streams start GAP-US apart, so that their chunks are spread evenly instead of arriving in bursts.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { STREAMS_MAX = 4096, TAIL = 96, SAMPLES_MAX = 4 << 20, SILENCE_MS = 20000 };

struct stream {
  int fd, tail_bytes, done;
  long long started_ns, first_byte_ns, first_event_ns;
  char tail[TAIL];
};

static struct stream streams[STREAMS_MAX];
static long long samples[SAMPLES_MAX], heads[STREAMS_MAX], events_first[STREAMS_MAX];
static int sample_count, finished, complete, failed;

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  long long x = *(const long long *)a, y = *(const long long *)b;
  return (x > y) - (x < y);
}

static double at_ms(long long *sorted, int count, double share) {
  return count ? sorted[(int)((count - 1) * share)] / 1e6 : -1;
}

static void open_stream(int poll_fd, int i, int port, const char *request) {
  struct stream *s = &streams[i];
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int on = 1, length = strlen(request);
  s->fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  s->started_ns = now_ns();
  if (connect(s->fd, (struct sockaddr *)&address, sizeof address) || write(s->fd, request, length) != length) {
    s->done = 1, failed++, finished++;
    return;
  }
  struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, s->fd, &e);
}

static void close_stream(struct stream *s, int is_complete) {
  if (s->done) return;
  s->done = 1;
  finished++;
  if (is_complete) complete++; else failed++;
  close(s->fd);
}

static void receive(struct stream *s) {
  static char buffer[TAIL + (1 << 16) + 1];
  memcpy(buffer, s->tail, s->tail_bytes);
  int n = recv(s->fd, buffer + s->tail_bytes, 1 << 16, MSG_DONTWAIT);
  long long now = now_ns();
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) { close_stream(s, 0); return; }
  if (!s->first_byte_ns) {
    s->first_byte_ns = now;
    if (n > 12 && memcmp(buffer + 9, "200", 3)) { close_stream(s, 0); return; }
  }
  int length = s->tail_bytes + n;
  buffer[length] = 0;
  char *from = buffer, *at;
  // A number counts once its closing brace is here; what follows the last one waits for more.
  while ((at = memmem(from, buffer + length - from, "\"ts\":", 5)) != NULL) {
    char *end = memchr(at, '}', buffer + length - at);
    if (!end) break;
    if (sample_count < SAMPLES_MAX) samples[sample_count++] = now - atoll(at + 5);
    if (!s->first_event_ns) s->first_event_ns = now;
    from = end;
  }
  if (memmem(from, buffer + length - from, "data: [DONE]", 12)) { close_stream(s, 1); return; }
  s->tail_bytes = buffer + length - from;
  if (s->tail_bytes > TAIL) from = buffer + length - TAIL, s->tail_bytes = TAIL;
  memcpy(s->tail, from, s->tail_bytes);
}

int main(int argc, char **argv) {
  if (argc < 6) return 64;
  int port = atoi(argv[1]), count = atoi(argv[4]), opened = 0;
  long long gap_ns = atoll(argv[5]) * 1000;
  static const char body[] = "{\"model\":\"gpt-4o-mini\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Count to fifty.\"}]}";
  char request[2048];
  snprintf(request, sizeof request,
    "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n"
    "User-Agent: OpenAI/JS 6.49.0\r\nContent-Length: %zu\r\n\r\n%s", argv[2], port, argv[3], sizeof body - 1, body);
  struct rlimit files = {8192, 8192};
  setrlimit(RLIMIT_NOFILE, &files);
  if (count > STREAMS_MAX) count = STREAMS_MAX;
  int poll_fd = epoll_create1(0);
  long long start = now_ns(), heard = start;
  struct epoll_event events[256];
  while (finished < count) {
    long long now = now_ns();
    while (opened < count && start + opened * gap_ns <= now) open_stream(poll_fd, opened++, port, request);
    int n = epoll_wait(poll_fd, events, 256, opened < count ? 1 : 100);
    if (n > 0) heard = now_ns();
    else if (opened == count && now_ns() - heard > SILENCE_MS * 1000000LL) break;
    for (int i = 0; i < n; i++) receive(&streams[events[i].data.u32]);
  }
  int heads_count = 0, first_count = 0;
  for (int i = 0; i < count; i++) {
    if (streams[i].first_byte_ns) heads[heads_count++] = streams[i].first_byte_ns - streams[i].started_ns;
    if (streams[i].first_event_ns) events_first[first_count++] = streams[i].first_event_ns - streams[i].started_ns;
  }
  qsort(samples, sample_count, sizeof *samples, ascending);
  qsort(heads, heads_count, sizeof *heads, ascending);
  qsort(events_first, first_count, sizeof *events_first, ascending);
  printf("{\"streams\":%d,\"complete\":%d,\"failed\":%d,\"chunks\":%d,\"chunkP50Ms\":%.3f,\"chunkP99Ms\":%.3f,\"headP50Ms\":%.3f,\"headP99Ms\":%.3f,"
    "\"firstEventP50Ms\":%.3f,\"firstEventP99Ms\":%.3f}\n",
    count, complete, count - complete, sample_count, at_ms(samples, sample_count, .5), at_ms(samples, sample_count, .99),
    at_ms(heads, heads_count, .5), at_ms(heads, heads_count, .99), at_ms(events_first, first_count, .5), at_ms(events_first, first_count, .99));
}
