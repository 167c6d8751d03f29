/* Limits and freezes, as small worlds with time. Choose one with -D:
   FREEZE refused entries and quarantine   LANE what a vault lets go of an asset   VEST credit above the bucket
   -DX=M_... changes one rule, -DX=W_... asks a question; each must fail. Time is a number of ticks; the README says what each world assumes. */
mtype = { NONE, M_EACH_BATCH, M_EXTENDS, M_LATCH_ENDS, M_REFUND_FREEZES, M_NO_HOLD, M_HOLD_STAYS, M_HOLD_STARTS, M_NO_FREEZE,
  M_NO_DECAY, M_STOP_GIVES, M_BACK_TWICE, M_BACK_PAID, M_BACK_PAST, M_CLAIM_FREE, M_RAISE_REFILLS, M_NEW_RATE, W_WINDOW, W_LEAVES,
  M_PARKED, M_MAINT_LATER, M_LEAVES, M_OPENS, M_MOVES, M_EARLIER, M_NO_PLACE, M_DUST_JOINS, M_FREE_VEST, M_NO_SETTLE_VEST };
#ifndef X
#define X NONE
#endif
#ifdef EFFECT                                              /* leaves out the assertions that state a rule itself: the mutant must fail by what it does */
#define RULE(e) skip
#else
#define RULE(e) assert(e)
#endif

#ifdef FREEZE /* ---- a journal of 4 entries: ordinary ones, REFUNDs that match no record, and refused ones, which no honest journal holds. A stranger without keys applies
     them in batches of any length at any time. A refused entry begins a quarantine of Q days, once in a generation. The governor may schedule a rewind: while one is
     scheduled, an edge that is frozen stays frozen, until the rewind is executed, cancelled or expired ---- */
#define N 4
#define Q 2
#define NOTICE 3
#define GRACE 2
#define GENS 1
#define SCHEDULES 3
byte kind[N], r, gen, latch, left;                         /* 0 ordinary, 1 unmatched REFUND, 2 refused; replica; generation; a refused entry was met in it; days of quarantine */
byte op, hold, made;                                       /* days since a rewind was scheduled, 0 for none; it holds the edge; rewinds scheduled in all */
byte frozen, held, i, bad, was;                            /* days frozen; of them, days by a hold alone; the edge was frozen when the rewind was scheduled */
#define ISFROZEN (left > 0 || hold)
#define SEES(I) (kind[I] == 2 || kind[I] == 1 && X == M_REFUND_FREEZES)
inline inv() {
  assert(frozen <= (gen+1)*Q + held);                      /* what a stranger can make of refused entries: Q days in a generation (I9, I13) */
  assert(held <= (gen+1)*(NOTICE+GRACE));                  /* a hold ends, and only a quarantine lets one begin, whatever the proposer does */
  assert(!(op > 0 && was && !ISFROZEN));                   /* no thaw between a quarantine and its rewind                                   */
  assert(!(frozen > held && kind[0] != 2 && kind[1] != 2 && kind[2] != 2 && kind[3] != 2));       /* entries of an honest journal freeze nothing */
}
#define BATCH(C) :: d_step { r < C && C <= N && (!ISFROZEN || X == M_EXTENDS) -> bad = 0; \
    do :: r < C -> bad = bad | SEES(r); r++ :: else -> break od; \
    if :: bad && (!latch || X == M_EACH_BATCH || X == M_EXTENDS) && X != M_NO_FREEZE -> left = Q; latch = 1 :: else fi; \
    assert(!bad || ISFROZEN || latch);                     /* the first one is a reason to look: it freezes */ \
    bad = 0; inv() }
#define ENDOP op = 0; was = 0; hold = (X == M_HOLD_STAYS -> hold : 0)
#define KIND(I,K) :: d_step { gen == 0 && r == 0 && made == 0 && frozen == 0 && I >= i && kind[I] == 0 -> kind[I] = K; i = I+1 }
active proctype freeze() {
end: do
  KIND(0,1) KIND(0,2) KIND(1,1) KIND(1,2) KIND(2,1) KIND(2,2) KIND(3,1) KIND(3,2)
  BATCH(1) BATCH(2) BATCH(3) BATCH(4)
  :: d_step { frozen < 30 -> i = N;                        /* a day goes by; the journal's entries stand from now on */
       if :: ISFROZEN -> frozen++; held = held + (left == 0) :: else fi;
       if :: left > 0 -> left--; latch = (X == M_LATCH_ENDS && left == 0 -> 0 : latch) :: else fi;
       if :: op > 0 -> op++; if :: op > NOTICE + GRACE -> ENDOP :: else fi :: else fi; inv() }
  :: d_step { op == 0 && made < SCHEDULES -> made++; op = 1; was = ISFROZEN;
       hold = (X != M_NO_HOLD && (ISFROZEN || X == M_HOLD_STARTS)); inv() }
  :: d_step { op > 0 -> ENDOP; inv() }                     /* the guardian cancels it */
  :: d_step { op > NOTICE && gen < GENS -> ENDOP; gen++; latch = 0; left = 0; r = 0; inv() }   /* the rewind, back to the first entry: all come again */
  od
}
#endif

#ifdef LANE /* ---- one lane of one asset. Payments of 1 or 2 units are replayed, paid, fail and are claimed, stopped by the guardian, voided by a rewind, at any time; the limit
     changes. A tick passes; the rate is 1 unit a tick (2 while the limit is high), the burst what two ticks bring.
     The lane's level is in units: what left, less rate times time, never below 0. Units leave if the level after them is at most the burst, and raise it when they leave.
     BOOKED: the level rises when a payment is replayed, which gives it a date, and what is stopped or voided is given back to the level ---- */
#ifndef P
#define P 4
#endif
#ifndef T
#define T 5
#endif
mtype = { UNMET, QUEUED, CLAIMABLE, PAID, STOPPED, VOID };
mtype st[P] = UNMET; byte am[P], due[P];                   /* payments, their amounts, and with BOOKED their dates */
byte now, lv, at, hi;                                      /* time; level, and when it was brought up to date; the limit is high */
byte gone[T], rt[T], rp[P], dn[P];                         /* for assertions: units that left at a tick, rate after it; when each was replayed, when each left or could have */
byte x, y, sum, room, out;                                 /* out: units leave at this moment */
#define RATE (hi -> 2 : 1)
#define BURST (hi -> 4 : 2)
#define DECAY(R) ((R)*(now-at))
#define VIEW (X == M_NO_DECAY -> lv : (lv > DECAY(RATE) -> lv - DECAY(RATE) : 0))
inline settle() { lv = VIEW; at = now }
inline giveBack(I,U) { lv = (lv > (U) -> lv - (U) : 0) }
#ifndef BOOKED
inline inv() {
  x = now + 1; sum = 0; room = BURST; y = 0;
  do :: x > 0 -> x--; sum = sum + gone[x]; if :: x < now -> room = room + rt[x] :: else fi;
        assert(!out || sum <= room);                       /* what leaves in any window: at most the burst of now and what the rate brought since (I10) */
        y = (sum + BURST > room + y -> sum + BURST - room : y)
     :: else -> break od;
  RULE(VIEW == y);                                         /* and no room is lost: the level is what left, less what the rate brought */
  x = 0; sum = 0; y = 0; room = 0; out = 0
}
inline leave(I) { lv = lv + am[I]; gone[now] = gone[now] + am[I]; st[I] = PAID; out = 1 }
#define ROOM(I) (lv + am[I] <= BURST)
#define REPLAY(I,U) :: d_step { st[I] == UNMET && (I == 0 || st[I-1] != UNMET) -> st[I] = QUEUED; am[I] = U }
#define PAY(I) :: d_step { st[I] == QUEUED -> settle(); if :: ROOM(I) -> leave(I) :: else fi; inv() }
/* a transfer that fails: charged, and given back at once */
#define FAIL(I) :: d_step { st[I] == QUEUED -> settle(); if :: ROOM(I) -> st[I] = CLAIMABLE :: else fi; if :: X == M_BACK_TWICE -> giveBack(I,am[I]) :: else fi; inv() }
#define CLAIM(I) :: d_step { st[I] == CLAIMABLE -> settle(); if :: X == M_CLAIM_FREE -> gone[now] = gone[now] + am[I]; st[I] = PAID; out = 1 :: else -> if :: ROOM(I) -> leave(I) :: else fi fi; inv() }
#define STOP(I) :: d_step { st[I] == QUEUED -> settle(); st[I] = STOPPED; if :: X == M_STOP_GIVES -> giveBack(I,am[I]) :: else fi; inv() }
#define REWIND(I) :: d_step { st[I] == QUEUED || st[I] == CLAIMABLE || st[I] == PAID -> settle(); \
    if :: st[I] == PAID && X == M_BACK_PAID -> giveBack(I,am[I]) :: else fi; st[I] = VOID; inv() }
#define LIMIT :: d_step { if :: X == M_NEW_RATE -> hi = 1 - hi; settle() :: else -> settle(); hi = 1 - hi fi; if :: X == M_RAISE_REFILLS -> lv = 0 :: else fi; \
    rt[now] = RATE; inv() }
#else
/* Of what was replayed from any moment on, at most the burst and what the rate brought since then has left or could have. W_WINDOW asks it of what becomes payable in
   any window, W_LEAVES of what leaves in any window, whenever it was replayed. */
inline inv() {
  x = 0;
  do :: x <= now -> y = 0; sum = 0; room = 0;
        do :: y < P -> sum = sum + (st[y] != UNMET && dn[y] <= now && rp[y] >= x && st[y] != STOPPED && st[y] != VOID -> am[y] : 0);
              room = room + (st[y] != UNMET && dn[y] <= now && dn[y] >= x && st[y] != STOPPED && st[y] != VOID -> am[y] : 0); y++ :: else -> break od;
        assert(sum <= BURST + RATE*(now-x)); assert(X != W_WINDOW || room <= BURST + RATE*(now-x)); x++
     :: else -> break od;
  x = now + 1; sum = 0; do :: x > 0 -> x--; sum = sum + gone[x]; assert(X != W_LEAVES || sum <= BURST + RATE*(now-x)) :: else -> break od;
  x = 0; y = 0; sum = 0; room = 0
}
#define REPLAY(I,U) :: d_step { st[I] == UNMET && (I == 0 || st[I-1] != UNMET) -> settle(); st[I] = QUEUED; am[I] = U; rp[I] = now; lv = lv + U; \
    due[I] = now + (lv > BURST -> (lv - BURST + RATE - 1) / RATE : 0); dn[I] = due[I]; inv() }
#define PAY(I) :: d_step { st[I] == QUEUED && now >= due[I] -> st[I] = PAID; gone[now] = gone[now] + am[I]; inv() }
/* given back only while the date lies ahead: later the level has let go of it already */
#define END(I,S) st[I] = S; settle(); if :: due[I] > now || X == M_BACK_PAST -> giveBack(I,am[I]); if :: X == M_BACK_TWICE -> giveBack(I,am[I]) :: else fi :: else fi
#define STOP(I) :: d_step { st[I] == QUEUED -> END(I,STOPPED); inv() }
#define REWIND(I) :: d_step { st[I] == QUEUED -> END(I,VOID); inv() } :: d_step { X == M_BACK_PAID && st[I] == PAID -> settle(); giveBack(I,am[I]); st[I] = VOID; dn[I] = 0; inv() }
#define FAIL(I)
#define CLAIM(I)
#define LIMIT
#endif
#if P > 5
#define EACH(M) M(0) M(1) M(2) M(3) M(4) M(5)
#elif P > 4
#define EACH(M) M(0) M(1) M(2) M(3) M(4)
#elif P > 3
#define EACH(M) M(0) M(1) M(2) M(3)
#else
#define EACH(M) M(0) M(1) M(2)
#endif
#define REPLAYS(I) REPLAY(I,1) REPLAY(I,2)
active proctype lane() {
  rt[0] = 1;
end: do
  EACH(REPLAYS) EACH(PAY) EACH(FAIL) EACH(CLAIM) EACH(STOP) EACH(REWIND)
  LIMIT
  :: d_step { now < T-1 -> now++; rt[now] = RATE; at = (lv == 0 -> now : at); inv() }
  od
}
#endif

#ifdef VEST /* ---- one asset: credit of 1 to 3 units for two accounts, by their owners or by a stranger. The bucket holds 2 units and refills by 1 a tick. What it does not hold
     is credited at once too, unvested until the date of its place in the bucket: it counts for maintenance, not for initial, and neither leaves nor moves nor opens anything.
     A line keeps one date, the later one. What a stranger brings waits parked until its own date if it is less than half of what the line holds unvested and would put it off.
     A unit is worth 1, and half of it once the price has fallen.
     ROOM: no dates; anyone vests what the bucket holds room for, and that takes the room ---- */
#ifndef C
#define C 3
#endif
#ifndef T
#define T 5
#endif
#define BURST 2
byte now, lv, low;                                         /* time; level of the bucket; the price has fallen */
byte v[2], u[2], dt[2], pk[2], pd[2], d[2], own[2];        /* vested, unvested, its date, parked, its date, debt; parked though the owner brought it (by mutants alone) */
byte out, n, vt[T];                                        /* units that left; credits; units that came into use at a tick */
byte when[C], once[C], rest[C], place[C];                  /* for assertions: when each was credited, what vested at once, the rest and the date of its place */
byte sd[2], gift[2], had[2];                               /* date that the owner's last deposit gave, gifts of strangers that put it off since, units it held unvested then */
byte x, y, a, e, sum;
#define NEED(A) (low -> 2*d[A] : d[A])
inline inv() {
  x = 0; sum = 0;
  do :: x < n -> sum = sum + once[x] + (place[x] <= now -> rest[x] : 0); x++ :: else -> break od;
#ifndef ROOM
  assert(v[0] + v[1] + out <= sum);                        /* nothing is vested before its place was there                  (I16) */
  y = 0;
  do :: y <= now -> x = 0; sum = 0;
        do :: x < n -> sum = sum + (when[x] >= y -> once[x] + (place[x] <= now -> rest[x] : 0) : 0); x++ :: else -> break od;
        assert(sum <= BURST + now - y); y++                /* of what is credited from any moment on: the burst, and what the rate brought since (I10) */
     :: else -> break od;
#endif
  y = now + 1; sum = 0;
#ifdef ROOM
  do :: y > 0 -> y--; sum = sum + vt[y]; assert(sum <= BURST + now - y) :: else -> break od;          /* what vests in any window */
#else
  do :: y > 0 -> y--; sum = sum + vt[y]; assert(X != W_WINDOW || sum <= BURST + now - y) :: else -> break od;
#endif
  assert(d[0] <= v[0] && d[1] <= v[1] || low);             /* unvested units open nothing                                   (I5)  */
  assert(!(own[0] > 0 && v[0]+u[0] < NEED(0) && v[0]+u[0]+own[0] >= NEED(0)));   /* what an owner brought rescues in the block in which it is applied, */
  assert(!(own[1] > 0 && v[1]+u[1] < NEED(1) && v[1]+u[1]+own[1] >= NEED(1)));   /* whatever others did                                            */
  assert(dt[0] <= sd[0] || u[0] == 0 || had[0] == 0 || 2*gift[0] >= had[0]);     /* who puts off another's date gives away half as much            */
  assert(dt[1] <= sd[1] || u[1] == 0 || had[1] == 0 || 2*gift[1] >= had[1]);
  x = 0; y = 0; sum = 0; a = 0; e = 0
}
#define ROOMNOW (lv < BURST -> BURST - lv : 0)
#ifdef ROOM
#define CREDIT(A,U,O) :: d_step { n < C -> e = (ROOMNOW < U -> U - ROOMNOW : 0); lv = lv + U - e; v[A] = v[A] + U - e; vt[now] = vt[now] + U - e; \
    u[A] = (X == M_PARKED -> u[A] : u[A] + e); own[A] = (X == M_PARKED -> own[A] + e : 0); n++; inv() }
#define VESTS(A) :: d_step { u[A] > 0 && (ROOMNOW > 0 || X == M_FREE_VEST) -> e = (X == M_FREE_VEST || u[A] < ROOMNOW -> u[A] : ROOMNOW); \
    u[A] = u[A] - e; v[A] = v[A] + e; vt[now] = vt[now] + e; lv = lv + (X == M_FREE_VEST || X == M_NO_PLACE -> 0 : e); inv() }
#else
#define VESTS(A)
#define CREDIT(A,U,O) :: d_step { n < C -> e = (ROOMNOW < U -> U - ROOMNOW : 0); lv = (X == M_NO_PLACE -> lv + U - e : lv + U); \
    when[n] = now; once[n] = U - e; rest[n] = e; place[n] = now + (lv > BURST -> lv - BURST : (e > 0 -> e : 0)); v[A] = v[A] + U - e; vt[now] = vt[now] + U - e; \
    if :: e == 0 -> skip \
       :: e > 0 && X == M_PARKED -> pk[A] = pk[A] + e; pd[A] = place[n]; own[A] = (O -> own[A] + e : own[A]) \
       :: e > 0 && X != M_PARKED && !O && u[A] > 0 && 2*e < u[A] && place[n] > dt[A] && X != M_DUST_JOINS -> pk[A] = pk[A] + e; pd[A] = place[n] \
       :: else -> if :: O -> sd[A] = (place[n] > dt[A] || u[A] == 0 -> place[n] : dt[A]); gift[A] = 0; had[A] = u[A] + e \
                     :: !O && u[A] == 0 -> sd[A] = place[n]; had[A] = 0; gift[A] = 0 :: else -> gift[A] = (gift[A] + e > 9 -> 9 : gift[A] + e) fi; \
                  dt[A] = (u[A] == 0 || (place[n] > dt[A] && X != M_EARLIER) -> place[n] : dt[A]); u[A] = u[A] + e fi; \
    n++; inv() }
#endif
#define COME(A) if :: u[A] > 0 && dt[A] <= now -> v[A] = v[A] + u[A]; vt[now] = vt[now] + u[A]; u[A] = 0; gift[A] = 0; had[A] = 0; sd[A] = 0; dt[A] = 0 :: else fi; \
    if :: pk[A] > 0 && pd[A] <= now -> v[A] = v[A] + pk[A]; vt[now] = vt[now] + pk[A]; pk[A] = 0; pd[A] = 0; own[A] = 0 :: else fi
#define RELEASE(A) :: d_step { v[A] > 0 && v[A] > NEED(A) -> v[A]--; out++; inv() } \
  :: d_step { X == M_LEAVES && u[A] > 0 && v[A] + u[A] > NEED(A) -> u[A]--; out++; vt[now]++; inv() }
#define BORROW(A) :: d_step { d[A] < 3 && !low && (X == M_OPENS -> v[A] + u[A] : v[A]) > d[A] -> d[A]++; inv() }
#define MOVE(A,B) :: d_step { v[A] > 0 && v[A] > NEED(A) -> v[A]--; v[B]++; inv() } \
  :: d_step { X == M_MOVES && u[A] > 0 && v[A] + u[A] > NEED(A) -> u[A]--; v[B]++; vt[now]++; inv() }
active proctype vest() {
end: do
  CREDIT(0,1,1) CREDIT(0,2,1) CREDIT(0,3,1) CREDIT(1,1,1) CREDIT(1,2,1) CREDIT(1,3,1) CREDIT(0,1,0) CREDIT(0,2,0) CREDIT(1,3,0)
  VESTS(0) VESTS(1) RELEASE(0) RELEASE(1) BORROW(0) BORROW(1) MOVE(0,1) MOVE(1,0)
  :: d_step { !low -> low = 1; inv() }
  :: d_step { now < T-1 -> now++; lv = (lv > 0 && X != M_NO_DECAY -> lv-1 : lv);
#ifndef ROOM
       COME(0); COME(1);
#endif
       inv() }
  od
}
#endif
