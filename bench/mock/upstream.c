// The vendor behind every contender: one thread, epoll, keep-alive, answers before it has cost anything worth measuring.
// usage: upstream PORT [chunks] [interval-ms]
//   POST …            -> 200, 1025 bytes of JSON, 11 headers
//   POST …/echo       -> 200, the request head as it arrived
//   POST "stream":true in the body -> head at once, then one event each interval with the send time, then [DONE]
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_BYTES_MAX = 1 << 16, CONNECTIONS_MAX = 1 << 14, JSON_BYTES = 1025 };

// Streams wait in one list: all intervals are equal, so appending keeps it sorted by due time.
struct connection {
  int fd, filled, left;
  long long due_ns;
  struct connection *next, *previous;
  char *buffer;
};

static struct connection connections[CONNECTIONS_MAX], *first, *last;
static int poll_fd, timer_fd, chunks = 50;
static long long interval_ns = 50000000;
static char answer[4096];
static int answer_bytes;

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void arm(void) {
  struct itimerspec spec = {0};
  if (first) spec.it_value = (struct timespec){first->due_ns / 1000000000, first->due_ns % 1000000000};
  timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void schedule(struct connection *c, long long due_ns) {
  c->due_ns = due_ns, c->next = NULL, c->previous = last;
  if (last) last->next = c; else first = c;
  last = c;
}

static void unschedule(struct connection *c) {
  if (!c->due_ns) return;
  if (c->previous) c->previous->next = c->next; else first = c->next;
  if (c->next) c->next->previous = c->previous; else last = c->previous;
  c->due_ns = 0;
}

static void hang_up(struct connection *c) {
  unschedule(c);
  close(c->fd);
  free(c->buffer);
  c->buffer = NULL;
}

// A loopback socket that cannot take a few hundred bytes belongs to a stuck client: give it up.
static int send_all(struct connection *c, const char *bytes, int count) {
  if (write(c->fd, bytes, count) == count) return 1;
  hang_up(c);
  return 0;
}

static void build_answer(void) {
  char body[JSON_BYTES + 1];
  int n = snprintf(body, sizeof body,
    "{\"id\":\"chatcmpl-bench0001\",\"object\":\"chat.completion\",\"created\":1760000000,\"model\":\"gpt-4o-mini\","
    "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"");
  const char *tail = "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":90,\"completion_tokens\":140,\"total_tokens\":230}}";
  int tail_bytes = strlen(tail);
  while (n < JSON_BYTES - tail_bytes) body[n] = n % 7 ? 'a' + n % 26 : ' ', n++;
  memcpy(body + n, tail, tail_bytes);
  answer_bytes = snprintf(answer, sizeof answer,
    "HTTP/1.1 200 OK\r\nDate: Thu, 20 Nov 2025 12:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    "Connection: keep-alive\r\nServer: mock\r\nx-request-id: req_4f1c2a7d9b3e4c5f8a6b7c8d9e0f1a2b\r\nopenai-processing-ms: 213\r\n"
    "openai-version: 2020-10-01\r\nx-ratelimit-limit-requests: 10000\r\nx-ratelimit-remaining-requests: 9999\r\n"
    "x-ratelimit-reset-requests: 6ms\r\n\r\n", JSON_BYTES);
  memcpy(answer + answer_bytes, body, JSON_BYTES);
  answer_bytes += JSON_BYTES;
}

static void send_echo(struct connection *c, int head_bytes) {
  char *out = malloc(head_bytes + 256);
  int n = sprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n", head_bytes);
  memcpy(out + n, c->buffer, head_bytes);
  send_all(c, out, n + head_bytes);
  free(out);
}

static void start_stream(struct connection *c) {
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
    "Server: mock\r\nx-request-id: req_4f1c2a7d9b3e4c5f8a6b7c8d9e0f1a2b\r\nTransfer-Encoding: chunked\r\n\r\n";
  if (!send_all(c, head, sizeof head - 1)) return;
  c->left = chunks;
  schedule(c, now_ns() + interval_ns);
  if (first == c) arm();
}

static void send_due(void) {
  char event[512], framed[640];
  long long now = now_ns();
  while (first && first->due_ns <= now) {
    struct connection *c = first;
    long long due_ns = c->due_ns;
    unschedule(c);
    int n = c->left > 0
      ? snprintf(event, sizeof event,
          "data: {\"id\":\"chatcmpl-bench0001\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"gpt-4o-mini\","
          "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"token \"},\"finish_reason\":null}],\"ts\":%lld}\n\n", now_ns())
      : snprintf(event, sizeof event, "data: [DONE]\n\n");
    n = snprintf(framed, sizeof framed, "%x\r\n%s\r\n%s", n, event, c->left > 0 ? "" : "0\r\n\r\n");
    if (send_all(c, framed, n) && c->left-- > 0) schedule(c, due_ns + interval_ns);
    now = now_ns();
  }
  arm();
}

/** Answers one complete request at the start of the buffer; returns its length, 0 when it is incomplete. */
static int serve(struct connection *c) {
  char *end = memmem(c->buffer, c->filled, "\r\n\r\n", 4);
  if (!end) return 0;
  int head_bytes = end + 4 - c->buffer, body_bytes = 0;
  *end = 0;
  char *length = strcasestr(c->buffer, "\r\ncontent-length:");
  int chunked = !length && strcasestr(c->buffer, "\r\ntransfer-encoding: chunked");
  int echo = memmem(c->buffer, head_bytes > 200 ? 200 : head_bytes, "/echo HTTP/", 11) != NULL;
  *end = '\r';
  if (length) body_bytes = atoi(length + 17);
  if (chunked) {
    char *stop = memmem(end + 4, c->filled - head_bytes, "0\r\n\r\n", 5);
    if (!stop) return 0;
    body_bytes = stop + 5 - (end + 4);
  }
  if (c->filled < head_bytes + body_bytes) return 0;
  if (echo) send_echo(c, head_bytes);
  else if (memmem(end + 4, body_bytes, "\"stream\":true", 13)) start_stream(c);
  else send_all(c, answer, answer_bytes);
  return head_bytes + body_bytes;
}

static void receive(struct connection *c) {
  int n = read(c->fd, c->buffer + c->filled, REQUEST_BYTES_MAX - 1 - c->filled);
  if (n <= 0) {
    if (n < 0 && errno == EAGAIN) return;
    hang_up(c);
    return;
  }
  c->filled += n;
  for (int used; c->buffer && c->filled > 0 && (used = serve(c)) > 0 && c->buffer; c->filled -= used)
    memmove(c->buffer, c->buffer + used, c->filled - used);
}

static void accept_all(int listener) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
    if (fd >= CONNECTIONS_MAX) { close(fd); continue; }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections[fd] = (struct connection){.fd = fd, .buffer = malloc(REQUEST_BYTES_MAX)};
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &e);
  }
}

static void watch(int fd) {
  struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &e);
}

int main(int argc, char **argv) {
  if (argc > 2) chunks = atoi(argv[2]);
  if (argc > 3) interval_ns = atoll(argv[3]) * 1000000;
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files = {CONNECTIONS_MAX, CONNECTIONS_MAX};
  setrlimit(RLIMIT_NOFILE, &files);
  build_answer();
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 9100), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) { perror("upstream"); return 1; }
  poll_fd = epoll_create1(0);
  timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  watch(listener);
  watch(timer_fd);
  puts("ready");
  fflush(stdout);
  for (struct epoll_event events[256];;) {
    int n = epoll_wait(poll_fd, events, 256, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      char expired[8];
      if (fd == listener) accept_all(listener);
      else if (fd == timer_fd) { if (read(timer_fd, expired, 8) == 8) send_due(); }
      else if (connections[fd].buffer) receive(&connections[fd]);
    }
  }
}
