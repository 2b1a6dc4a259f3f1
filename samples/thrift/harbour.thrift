// The services of samples/thrift.
namespace py harbour

typedef i32 Quay

enum State { FREE = 1, TAKEN = 2, CLOSED }

struct Berth {
  1: required Quay quay,
  2: State state = State.FREE,
  3: optional string ship,
  4: list<string> notes,
  5: map<string, i64> weights (unit = "kg"),
  6: set<i16> cranes,
  7: optional double draught,
  8: bool lit,
  9: binary stamp,
}

struct Login {
  1: string user,
  2: string password,
}

exception NoSuchBerth {
  1: Quay quay,
  2: string why,
}

service Base {
  void ping(),
}

service Harbour extends Base {
  Berth find(1: Quay quay) throws (1: NoSuchBerth missing),
  list<Berth> all(1: i32 limit),
  i64 book(1: Berth berth, 2: string ship) throws (1: NoSuchBerth missing),
  bool signIn(1: Login login, 2: map<string, string> options),
  oneway void log(1: string line),
  i32 missing(1: i32 nothing),
}

service Weather {
  double wind(1: byte station, 2: i16 hours, 3: i64 since),
  string report(1: string place),
}
