/* Binds one value of every type, reads through a cursor, sends long data: what libmariadb's own tools never do. */
#include <mariadb/mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *error) {
  fprintf(stderr, "%s: %s\n", what, error);
  exit(1);
}

static void set(MYSQL_BIND *b, enum enum_field_types type, void *value, unsigned long length, my_bool is_unsigned) {
  memset(b, 0, sizeof *b);
  b->buffer_type = type;
  b->buffer = value;
  b->buffer_length = length;
  b->is_unsigned = is_unsigned;
}

static MYSQL_STMT *prepare(MYSQL *db, const char *sql) {
  MYSQL_STMT *stmt = mysql_stmt_init(db);
  if (mysql_stmt_prepare(stmt, sql, strlen(sql))) fail(sql, mysql_stmt_error(stmt));
  return stmt;
}

static void run(MYSQL_STMT *stmt) {
  if (mysql_stmt_execute(stmt)) fail("execute", mysql_stmt_error(stmt));
}

static void types(MYSQL *db) {
  MYSQL_STMT *stmt = prepare(db, "insert into kinds values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  signed char tiny = -5;
  unsigned char utiny = 250;
  short small = -30000;
  unsigned short usmall = 65000;
  int whole = -2000000000;
  unsigned int uwhole = 4000000000u;
  long long big = -9000000000000000000LL;
  unsigned long long ubig = 18446744073709551615ULL;
  float single = 1.1f;
  double twice = 3.141592653589793;
  const char *decimal = "12345678901234567890.123456789";
  MYSQL_TIME date = {2024, 2, 29, 0, 0, 0, 0, 0, MYSQL_TIMESTAMP_DATE};
  MYSQL_TIME moment = {2024, 12, 31, 23, 59, 58, 123456, 0, MYSQL_TIMESTAMP_DATETIME};
  MYSQL_TIME span = {0, 0, 0, 30, 5, 7, 0, 1, MYSQL_TIMESTAMP_TIME};
  const char *words = "Gr\xc3\xbc\xc3\x9f""e vom Kai";
  char bytes[300];
  MYSQL_BIND b[16];
  for (unsigned i = 0; i < sizeof bytes; i++) bytes[i] = (char)i;
  set(&b[0], MYSQL_TYPE_TINY, &tiny, 0, 0);
  set(&b[1], MYSQL_TYPE_TINY, &utiny, 0, 1);
  set(&b[2], MYSQL_TYPE_SHORT, &small, 0, 0);
  set(&b[3], MYSQL_TYPE_SHORT, &usmall, 0, 1);
  set(&b[4], MYSQL_TYPE_LONG, &whole, 0, 0);
  set(&b[5], MYSQL_TYPE_LONG, &uwhole, 0, 1);
  set(&b[6], MYSQL_TYPE_LONGLONG, &big, 0, 0);
  set(&b[7], MYSQL_TYPE_LONGLONG, &ubig, 0, 1);
  set(&b[8], MYSQL_TYPE_FLOAT, &single, 0, 0);
  set(&b[9], MYSQL_TYPE_DOUBLE, &twice, 0, 0);
  set(&b[10], MYSQL_TYPE_NEWDECIMAL, (void *)decimal, strlen(decimal), 0);
  set(&b[11], MYSQL_TYPE_DATE, &date, 0, 0);
  set(&b[12], MYSQL_TYPE_DATETIME, &moment, 0, 0);
  set(&b[13], MYSQL_TYPE_TIME, &span, 0, 0);
  set(&b[14], MYSQL_TYPE_STRING, (void *)words, strlen(words), 0);
  set(&b[15], MYSQL_TYPE_BLOB, bytes, sizeof bytes, 0);
  if (mysql_stmt_bind_param(stmt, b)) fail("bind", mysql_stmt_error(stmt));
  run(stmt);
  /* The same types again: the client need not send them, and the server must remember. */
  tiny = 7;
  run(stmt);
  for (int i = 0; i < 16; i += 3) b[i].buffer_type = MYSQL_TYPE_NULL;
  if (mysql_stmt_bind_param(stmt, b)) fail("bind", mysql_stmt_error(stmt));
  run(stmt);
  mysql_stmt_close(stmt);
}

static void longData(MYSQL *db) {
  MYSQL_STMT *stmt = prepare(db, "insert into papers (name, body) values (?, ?)");
  const char *name = "manifest.txt";
  char *part = malloc(5000);
  MYSQL_BIND b[2];
  memset(part, '#', 5000);
  set(&b[0], MYSQL_TYPE_STRING, (void *)name, strlen(name), 0);
  set(&b[1], MYSQL_TYPE_LONG_BLOB, NULL, 0, 0);
  if (mysql_stmt_bind_param(stmt, b)) fail("bind", mysql_stmt_error(stmt));
  for (int i = 0; i < 3; i++)
    if (mysql_stmt_send_long_data(stmt, 1, part, 5000)) fail("long data", mysql_stmt_error(stmt));
  run(stmt);
  mysql_stmt_reset(stmt);
  mysql_stmt_close(stmt);
  free(part);
}

static void cursor(MYSQL *db) {
  MYSQL_STMT *stmt = prepare(db, "select id, berth from ships where id > ? order by id");
  unsigned long type = CURSOR_TYPE_READ_ONLY, rows = 3;
  int after = 0, id;
  char berth[40];
  MYSQL_BIND in, out[2];
  set(&in, MYSQL_TYPE_LONG, &after, 0, 0);
  set(&out[0], MYSQL_TYPE_LONG, &id, 0, 0);
  set(&out[1], MYSQL_TYPE_STRING, berth, sizeof berth, 0);
  mysql_stmt_attr_set(stmt, STMT_ATTR_CURSOR_TYPE, &type);
  mysql_stmt_attr_set(stmt, STMT_ATTR_PREFETCH_ROWS, &rows);
  if (mysql_stmt_bind_param(stmt, &in) || mysql_stmt_bind_result(stmt, out)) fail("bind", mysql_stmt_error(stmt));
  run(stmt);
  while (mysql_stmt_fetch(stmt) == 0) continue;
  mysql_stmt_close(stmt);
}

static void session(MYSQL *db) {
  MYSQL_RES *fields;
  mysql_ping(db);
  mysql_stat(db);
  mysql_select_db(db, "quay");
  mysql_select_db(db, "nowhere");
  fields = mysql_list_fields(db, "ships", NULL);
  if (fields) mysql_free_result(fields);
  mysql_set_server_option(db, MYSQL_OPTION_MULTI_STATEMENTS_ON);
  mysql_set_server_option(db, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
  if (mysql_change_user(db, "bert", "S3CRET-mysql-2", "harbour")) fail("change user", mysql_error(db));
  mysql_query(db, "select current_user()");
  mysql_free_result(mysql_store_result(db));
  if (mysql_reset_connection(db)) fail("reset", mysql_error(db));
  mysql_query(db, "begin");
  mysql_query(db, "update ships set berth = 'A9' where id = 2");
  mysql_query(db, "rollback");
  mysql_change_user(db, "bert", "wrong", "harbour");
}

int main(int argc, char **argv) {
  MYSQL *db = mysql_init(NULL);
  my_bool off = 0;
  if (argc < 2) return 2;
  mysql_options(db, MYSQL_OPT_SSL_ENFORCE, &off);
  if (!mysql_real_connect(db, "10.20.0.81", "anna", "S3CRET-mysql-1", "harbour", 3306, NULL, 0)) fail("connect", mysql_error(db));
  if (!strcmp(argv[1], "types")) types(db), longData(db);
  else if (!strcmp(argv[1], "cursor")) cursor(db);
  else session(db);
  mysql_close(db);
  return 0;
}
