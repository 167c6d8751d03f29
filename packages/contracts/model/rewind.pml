/* Rewind and coverage, as small worlds. Choose one with -D:
   AGAIN a ledger's replica of a vault's journal is rewound   BACK a vault's replica of a ledger's journal is rewound   COVER an asset without all its tokens
   -DX=M_... changes one rule; each must fail. EFFECT leaves out the assertions that state a rule itself, so that a mutant must fail by what it does.
   A head is an exact number: base 3, one digit (1 or 2) per entry; so two entries with one digit have the same content. The README says what each world assumes. */
mtype = { NONE, M_NO_MATCH, M_MATCH_TWICE, M_TAKE_EARLY, M_FORGET, M_OLD_NAME, M_BLIND_POINT, M_LEAVES, M_NO_LOST, M_SHARE_HELD, M_KEEP_PARKED, M_SPENT_FORGOTTEN, M_NOT_FOUND,
  M_ONCE, M_NO_TAKE, M_APPLY_WAITS,
  M_NO_SETTLE, M_SETTLE_TWICE, M_VOID_PAID, M_KEEP_QUEUED, M_STOPPED_AGAIN, M_NO_REFUND_AGAIN,
  M_PAY_FULL, M_LEDGER_TOO, M_LOCK_SHORT, M_ABOVE_ONE, M_STICKY, M_NO_MIRROR, M_PAY_UNREPORTED, M_LOST_TWICE, M_LOST_KEPT };
#ifndef X
#define X NONE
#endif
#ifdef EFFECT
#define RULE(e) skip
#else
#define RULE(e) assert(e)
#endif
#define BIT(m,i) (((m) >> (i)) & 1)
#define POW3(k) ((k)<=0->1:((k)==1->3:((k)==2->9:((k)==3->27:81))))
#define PRE(h,n,c) ((h) / POW3((n)-(c)))                   /* head at count c of a journal with head h at count n */
#define DIGIT(H,N,K) ((PRE(H,N,K) % 3) - 1)                /* account of the K-th entry */

#ifdef AGAIN /* ---- N locks of one unit for two accounts. Forged entries, or one break of the vault's finality, which undoes payments too; after each the replica goes
     back to a point that it shares with the journal, at most REWINDS times. Orphans (entries in effect that were unwound) that come again have no second effect; the
     others are taken back as far as their account has it, and the rest is told to the vault as lost. WITHHOLD: governor and k members rewind without a cause and take
     back before anything comes again. LIVE: the same acts, as processes with weak fairness where the protocol says that anyone or an honest role acts ---- */
#ifndef N
#define N 3
#endif
#ifndef REWINDS
#define REWINDS 1
#endif
byte n, h, on, oh, deep, dn;                               /* the journal; the dead fork, whose statements stay public; finality broke, in which generation */
byte r, rh, rw, must, forged;                              /* replica: count, head, generation; count of the journal when it was rewound last; entries forged since */
byte b[2], pk, s, s0, p;                                   /* lines; parked credit, a bit per place; units released, and until the last rewind; units paid */
byte past[2], ow[2], excess, lost;                         /* orphans by content; spent by content; missing; told to the vault as lost */
byte u[2], g[2], cr[2], taken, base, i, d;                 /* for assertions: orphans of the last rewind, those that came again, entries in effect by account, units taken back */
#define PARKED (BIT(pk,0)+BIT(pk,1)+BIT(pk,2)+BIT(pk,3))
#define UNSETTLED (past[0] + past[1] + excess > 0)
inline inv() {
  assert(b[0] + b[1] + PARKED + s == r + past[0] + past[1] + excess + lost);      /* nothing is there twice, nothing is forgotten   (I1, I3) */
  assert(!rw || forged || deep && dn == rw || (r <= n && PRE(h,n,r) == rh));      /* under the new name: a prefix                   (I2)     */
  assert(!rw || UNSETTLED || forged || deep && dn == rw || b[0]+b[1]+PARKED+s <= n + lost);   /* what counts and leaves is backed, or told as lost (I1) */
  assert(!rw || s <= s0 || forged || deep && dn == rw || s <= n + lost);          /* the first to leave take no more than there was          */
#ifndef WITHHOLD
  assert(!rw || r < must || lost + excess + taken - base + g[0] + g[1] <= u[0] + u[1]);  /* what came again is neither taken back nor shared (I9) */
#endif
  if :: rw && !UNSETTLED && taken == 0 && lost == 0 -> i = 0;
        do :: i < r -> i++; d = DIGIT(rh,r,i); cr[d]-- :: else -> break od;
        assert(cr[0] == 0 && cr[1] == 0);                  /* each account has what its own entries say             (I3) */
        i = 0; do :: i < r -> i++; d = DIGIT(rh,r,i); cr[d]++ :: else -> break od
     :: else fi;
#ifdef WITHHOLD
  assert(forged || deep || r < n || past[0] + past[1] > 0 || (lost == 0 && excess == 0 && b[0]+b[1]+PARKED+s == n));   /* all of it comes back (I17) */
#endif
  i = 0; d = 0
}
#define ADD(V) :: d_step { n < N -> h = h*3+V; n++; inv() }
inline effect(D,K) {                                       /* entry D takes effect; K: above the fast limit, so it is parked */
  if :: rw && past[D] > 0 && X != M_NO_MATCH -> past[D] = (X == M_MATCH_TWICE -> past[D] : past[D]-1)
     :: else -> cr[D]++;
        if :: ow[D] > 0 && X != M_SPENT_FORGOTTEN -> ow[D]--;         /* taken back after it was spent, and comes after all: missing falls, or what was told as lost is found */
              if :: excess > 0 -> excess-- :: else -> lost = (X == M_NOT_FOUND -> lost : lost-1) fi
           :: else -> if :: K -> pk = pk | (1 << r) :: else -> b[D]++ fi fi fi;
  if :: rw && r < must && g[D] < u[D] -> g[D]++ :: else fi
}
#define OPENTO(D) (X != M_APPLY_WAITS || !UNSETTLED || past[D] > 0)
#define SHIP(K) :: d_step { r < n && r < N && PRE(h,n,r) == rh && OPENTO(DIGIT(h,n,r+1)) -> d = DIGIT(h,n,r+1); effect(d,K); r++; rh = PRE(h,n,r); inv() } \
  :: d_step { deep && (dn == rw || X == M_OLD_NAME) && r < on && PRE(oh,on,r) == rh -> d = DIGIT(oh,on,r+1); effect(d,K); r++; rh = PRE(oh,on,r); inv() }
#ifdef WITHHOLD
#define HONEST 0
#define CAUSE 1
#define EARLY 1
#else
#define HONEST 1
#define CAUSE (deep && dn == rw || forged)
#define EARLY (X == M_TAKE_EARLY)
#endif
#define FORGE(V,K) :: d_step { HONEST && rw < REWINDS && r < N && forged < 2 -> forged++; d = V-1; effect(d,K); r++; rh = rh*3+V; inv() }
#define BREAK(P,Q) :: d_step { HONEST && !deep && rw < REWINDS && P < n && Q <= p && Q <= P -> deep = 1; dn = rw; on = n; oh = h; h = PRE(h,n,P); n = P; p = Q }
/* The point lies on the replica and on the journal. All past it is unwound in one step here, in steps of any length in the protocol: nothing of the source moves meanwhile. */
#define REWIND(C) :: d_step { rw < REWINDS && (X != M_ONCE || rw == 0) && CAUSE && C <= r && C <= n && (PRE(rh,r,C) == PRE(h,n,C) || X == M_BLIND_POINT) -> \
    s0 = s; i = r; u[0] = past[0]; u[1] = past[1]; g[0] = 0; g[1] = 0; base = lost + excess + taken; \
    do :: i > C -> d = DIGIT(rh,r,i); \
          if :: BIT(pk,i-1) -> pk = (X == M_KEEP_PARKED -> pk : pk - (1 << (i-1))); cr[d]-- \
             :: else -> u[d]++; past[d] = (X == M_FORGET -> past[d] : past[d]+1) fi; i-- \
       :: else -> break od; \
    rw++; r = C; rh = PRE(h,n,C); must = n; forged = 0; i = 0; d = 0; inv() }
/* three days of the source's own clock after the replica stood at the journal's tip: anyone takes back what did not come again */
#define TAKE(D) :: d_step { rw && past[D] > 0 && (r >= must || EARLY) && X != M_NO_TAKE -> past[D]--; cr[D]--; \
    if :: b[D] > 0 -> b[D]--; taken++ :: else -> excess++; ow[D]++ fi; inv() }
#define FREE(I) :: d_step { BIT(pk,I) && I < r -> pk = pk - (1 << I); d = DIGIT(rh,r,I+1); b[d]++; inv() }
#define WRITEOFF :: d_step { rw && excess > 0 && past[0] + past[1] == 0 -> if :: X == M_NO_LOST -> skip :: else -> lost = lost + excess fi; excess = 0; inv() }
#define MAY (!rw || !UNSETTLED || X == M_LEAVES)           /* nothing of an unsettled asset is released or transferred */
#define SPEND :: d_step { b[0] > 0 && s < 4 && MAY -> b[0]--; s++; inv() } \
  :: d_step { b[1] > 0 && s < 4 && MAY -> b[1]--; s++; inv() } \
  :: d_step { b[0] > 0 && (!rw || !UNSETTLED) -> b[0]--; b[1]++; inv() } \
  :: d_step { BIT(pk,0) && s < 4 && r > 0 && MAY -> pk = pk - 1; s++; inv() }      /* released from parking */ \
  :: d_step { BIT(pk,1) && s < 4 && r > 1 && MAY -> pk = pk - 2; s++; inv() } \
  :: d_step { p < s && p < n -> p++ }
#define BREAKS BREAK(0,0) BREAK(1,0) BREAK(1,1) BREAK(2,0) BREAK(2,1) BREAK(2,2)
#ifndef LIVE
active proctype again() {
end: do
  ADD(1) ADD(2) SHIP(0) SHIP(1) FORGE(1,0) FORGE(2,0) FORGE(1,1) BREAKS REWIND(0) REWIND(1) REWIND(2) TAKE(0) TAKE(1) FREE(0) FREE(1) FREE(2) WRITEOFF SPEND
  :: d_step { X == M_SHARE_HELD && rw && r >= must && past[0] > 0 -> RULE(b[0] == 0); past[0]--; excess++; ow[0]++; inv() }   /* shared though its account still holds it */
  od
}
#else
active proctype users() { do ADD(1) ADD(2) :: n == N -> break od }
active proctype others() { do SPEND FORGE(1,0) FORGE(2,0) FORGE(1,1) BREAKS :: n <= N od }          /* owners, thieves and chains: they act or not */
active proctype relayer() { do SHIP(0) SHIP(1) od }
active proctype governor() { do REWIND(0) REWIND(1) REWIND(2) od }
active proctype anyone() { do TAKE(0) TAKE(1) od }
active proctype bridge() { do FREE(0) FREE(1) FREE(2) od }
active proctype writer() { do WRITEOFF od }
/* I9: every true entry is applied, nothing stays parked, every asset settles, and it stays so */
ltl live { <> [] (r == n && rh == h && pk == 0 && !UNSETTLED) }
#endif
#endif

#ifdef BACK /* ---- a vault's replica of a ledger's journal is rewound: 3 releases of one unit, 2 contents, forged ones among them. One break of the ledger's finality puts
     its journal and its reading of refunds back. Payments, stops and refunds happen in any order; a REFUND is journaled at any time and again ---- */
mtype = { UNMET, QUEUED, PAID, STOPPED, VOID };
byte n, h, on, oh, deep, b = 3, forged;                    /* the ledger's journal; the dead fork; units on lines  */
byte r, rh, rw, c0, out, acc = 3;                          /* vault: replica, generation, point; units that left; accounted units */
mtype st[3] = UNMET; byte dg[3];                           /* payments by number, and the content of each */
byte po[3];                                                /* paid orphans by content */
byte ever, done, ap;                                       /* REFUNDs journaled, a bit per number and content; those that the ledger has read; releases that came back */
byte i, d, x;
#define RB(I,D) (1 << (2*(I) + (D) - 1))
inline inv() {
  x = (st[0] == PAID) + (st[1] == PAID) + (st[2] == PAID);
  assert(out == x + po[1] + po[2]);                        /* every unit that left was a payment, or is missing     (I1, I4) */
  assert(acc == 3 - x);                                    /* accounted                                             (I1)     */
  assert(rw || deep || forged || b + n - (BIT(ap,0)+BIT(ap,1)+BIT(ap,2)) == 3);
  if :: (rw || !(deep || forged)) && r <= n && PRE(h,n,r) == rh ->
        i = 0; do :: i < r -> assert(!(st[i] == PAID && BIT(ap,i)) && !(st[i] == QUEUED && BIT(ap,i))); i++ :: else -> break od     /* never both (I4) */
     :: else fi;
  if :: rw && r == n -> i = 0; d = 0;
        do :: i < n -> d = PRE(h,n,i+1) % 3;
             assert(st[i] == QUEUED || st[i] == PAID || (st[i] == STOPPED && (BIT(ap,i) || (ever & RB(i,d)) == 0 || ((ever & (255 - done)) & RB(i,d)) != 0 || X != M_NO_REFUND_AGAIN)));   /* none is forgotten: what was stopped came back, or anyone journals its REFUND (I9) */
             assert(!(i >= c0 && st[i] == QUEUED && po[d] > 0));      /* nothing is missing that a queued release accounts for */
             i++ :: else -> break od :: else fi;
  i = 0; d = 0; x = 0
}
#define REQ(V) :: d_step { b > 0 && n < 3 -> h = h*3+V; n++; b--; inv() }
inline take(D) {                                           /* release number r+1 with content D is replayed */
  if :: st[r] == STOPPED && dg[r] == D && X != M_STOPPED_AGAIN -> skip
     :: else ->
        if :: po[D] > 0 && rw && X != M_NO_SETTLE -> po[D] = (X == M_SETTLE_TWICE -> po[D] : po[D]-1); st[r] = PAID; acc--
           :: else -> st[r] = QUEUED fi
  fi; dg[r] = D; r++
}
#define SHIP :: d_step { r < n && PRE(h,n,r) == rh && r < 3 -> d = PRE(h,n,r+1) % 3; take(d); rh = PRE(h,n,r); inv() } \
  :: d_step { (!rw || X == M_OLD_NAME) && deep && r < on && PRE(oh,on,r) == rh -> d = PRE(oh,on,r+1) % 3; take(d); rh = PRE(oh,on,r); inv() }
#define FORGE(V) :: d_step { !rw && r < 3 && forged < 2 -> forged++; d = V; take(d); rh = rh*3+V; inv() }
#define BREAK(P) :: d_step { !deep && !rw && P < n -> deep = 1; on = n; oh = h; h = PRE(h,n,P); n = P; ap = 0; done = 0; b = 3 - P }
#define REWIND(C) :: d_step { !rw && (deep || forged) && C <= r && C <= n && PRE(rh,r,C) == PRE(h,n,C) -> i = r; \
    do :: i > C -> d = dg[i-1]; \
       if :: st[i-1] == PAID -> acc++; po[d] = (X == M_VOID_PAID -> po[d] : po[d]+1); st[i-1] = VOID \
          :: st[i-1] == QUEUED -> st[i-1] = (X == M_KEEP_QUEUED -> QUEUED : VOID) \
          :: st[i-1] == STOPPED && (ever & RB(i-1,d)) == 0 -> st[i-1] = VOID :: else fi; i-- \
       :: else -> break od; \
    c0 = C; rw = 1; r = C; rh = PRE(h,n,C); i = 0; d = 0; inv() }
#define PAY(I) :: d_step { st[I] == QUEUED && out < 3 -> st[I] = PAID; out++; acc--; inv() }
#define STOP(I) :: d_step { st[I] == QUEUED && I < r -> st[I] = STOPPED; ever = ever & (255 - RB(I,dg[I])); inv() }          /* its REFUND is journaled later */
#define ONCEMORE(I) :: d_step { st[I] == STOPPED && ((ever & RB(I,dg[I])) == 0 || X != M_NO_REFUND_AGAIN && (done & RB(I,dg[I])) != 0) -> \
    ever = ever | RB(I,dg[I]); done = done & (255 - RB(I,dg[I])); inv() }
/* the ledger reads a REFUND: it counts if the release of that number has its content and has not come back */
#define REFD(I,D) :: d_step { ((ever & (255 - done)) & RB(I,D)) != 0 -> done = done | RB(I,D); \
    if :: I < n && PRE(h,n,I+1) % 3 == D && !BIT(ap,I) -> ap = ap | (1 << I); b++ :: else fi; inv() }
active proctype back() {
end: do
  REQ(1) REQ(2) SHIP FORGE(1) FORGE(2) BREAK(0) BREAK(1) BREAK(2) REWIND(0) REWIND(1) REWIND(2)
  PAY(0) PAY(1) PAY(2) STOP(0) STOP(1) STOP(2) ONCEMORE(0) ONCEMORE(1) ONCEMORE(2)
  REFD(0,1) REFD(0,2) REFD(1,1) REFD(1,2) REFD(2,1) REFD(2,2)
  od
}
#endif

#ifdef COVER /* ---- one asset, two locks of 4 units, releases of 2 or 4. Half of the tokens is lost once and comes back once; two units of credit that nobody locked are
     spent, and told to the vault as lost, which raises accounted. Units are never cut: a payment takes its share of what is there when it is made ---- */
#define LOCKS 2
#define RELS 3
byte held, acc, l, r;                                      /* vault: tokens, accounted units; locks made, applied  */
byte lk[LOCKS]; byte b[2], amt[RELS], n, v, paid;          /* units of each lock; lines; the ledger's journal: releases; replayed, paid */
byte excess, told, tv;                                     /* missing units; LOST journaled; units of it that the vault took over */
byte isShort, due7, sf, heard; byte gone, back, sh, sa, lh, la;       /* vault: short on record, for seven days; SHORTFALL journaled, heard; tokens gone; held and accounted then, and as heard */
byte forged, x, sum, o, hb, ab;
#define WHOLE (held >= acc)
#define WORTH(U) (WHOLE -> (X == M_ABOVE_ONE && acc > 0 -> ((U) * held) / acc : (U)) : (X == M_PAY_FULL -> (U) : ((U) * held) / acc))
inline inv() {
  sum = b[0] + b[1]; x = r; do :: x < l -> sum = sum + lk[x]; x++ :: else -> break od; x = 0;
  do :: x < n -> sum = sum + (BIT(paid,x) -> 0 : amt[x]); x++ :: else -> break od;
  assert(sum == acc + (forged - tv));                      /* lines, locks and releases in flight are what is accounted, and what the vault was not told yet (I1) */
  assert(held + gone >= acc - tv || X == M_ABOVE_ONE || X == M_PAY_FULL);          /* nothing is missing but what was lost; rounding stays in the vault */
  x = 0; sum = 0; o = 0
}
#define APPLY(A) :: d_step { r < l -> b[A] = b[A] + lk[r]; r++; inv() }
#define REQ(A,U) :: d_step { n < RELS && b[A] >= U && (forged == 0 || tv > 0 || X == M_LOST_KEPT) -> b[A] = b[A] - U; \
    amt[n] = (X == M_LEDGER_TOO && heard && lh < la -> (U * lh) / la : U); n++; inv() }
/* a payment takes its share of what is there: who is paid later finds no less for each unit */
#define PAY(I) :: d_step { I < v && !BIT(paid,I) && (WHOLE || (isShort && due7) || X == M_PAY_UNREPORTED || X == M_PAY_FULL) && WORTH(amt[I]) <= held -> \
    o = WORTH(amt[I]); RULE(WHOLE || due7); hb = held; ab = acc; held = held - o; acc = acc - amt[I]; paid = paid | (1 << I); \
    assert(o <= amt[I]); assert(ab >= 0 && (hb >= ab -> held >= acc : held * ab >= hb * acc)); inv(); hb = 0; ab = 0 }
active proctype cover() {
end: do
  :: d_step { l < LOCKS && (!isShort || X == M_LOCK_SHORT) && (WHOLE || X == M_LOCK_SHORT) ->
       hb = held; ab = acc; lk[l] = 4; l++; held = held + 4; acc = acc + 4;
       assert(hb >= ab || held * ab <= hb * acc);          /* a new lock pays for no old loss */
       inv(); hb = 0; ab = 0 }
#ifdef SHARES                                              /* a question: may tokens become units at the coverage of the moment, once the asset has been short for seven days? It must fail */
  :: d_step { l < LOCKS && !WHOLE && isShort && due7 && held > 0 -> hb = held; ab = acc; lk[l] = (4 * acc) / held; acc = acc + lk[l]; held = held + 4;
       assert(held * ab >= hb * acc);                      /* the others find no less for each unit */
       assert((lk[l] * held) / acc + 1 >= 4 || lk[l] == 0); l++; inv(); hb = 0; ab = 0 }     /* and it is worth what was put in, but for rounding */
#endif
  APPLY(0) APPLY(1)
  :: d_step { gone == 0 && held >= 2 -> gone = held / 2; held = held - gone; inv() }         /* half of it is lost, once */
  :: d_step { gone > 0 && !back -> back = 1; held = held + gone; gone = 0; inv() }           /* and comes back, once      */
  :: d_step { !WHOLE && !isShort -> isShort = 1; due7 = 0; sf = 1; sh = held; sa = acc; inv() }       /* report */
  :: d_step { isShort && !due7 -> due7 = 1; inv() }                                          /* seven days */
  :: d_step { isShort && WHOLE -> isShort = 0; due7 = 0; sf = 1; sh = held; sa = acc; inv() }         /* report: whole again */
  :: d_step { sf -> sf = 0; heard = 1; lh = (X == M_STICKY && heard && lh < la -> lh : sh); la = (X == M_STICKY && heard && lh < la -> la : sa); inv() }
  REQ(0,2) REQ(0,4) REQ(1,2) REQ(1,4)
  :: d_step { v < n -> v++; inv() }
  PAY(0) PAY(1) PAY(2)
  :: d_step { forged == 0 && r > 0 -> forged = 2; excess = 2; b[1] = b[1] + 2; inv() }       /* credit that nobody locked is on a line, and cannot be taken back */
  :: d_step { excess > 0 && told == 0 -> told = 1; excess = 0; inv() }                       /* the ledger journals LOST */
  :: d_step { told > 0 && tv == 0 -> tv = 2; acc = acc + 2; inv() }                          /* the vault takes it over */
  :: d_step { X == M_LOST_TWICE && tv == 2 && told == 1 -> told = 2; acc = acc + 2; inv() }
  /* once the ledger has heard the newest report and seven days have passed, no more counts in margins than is held */
  :: d_step { heard && !sf && due7 && isShort && r == l && v == n && X != M_STICKY && forged == tv && sh == held && sa == acc && excess == 0 ->
       sum = b[0] + b[1]; assert((X == M_NO_MIRROR -> sum : (sum * lh) / la) <= held); sum = 0 }
  /* and once all is there again, all of it counts */
  :: d_step { heard && !sf && !isShort && WHOLE && sh >= sa && forged == tv && excess == 0 && la > 0 && n == v ->
       sum = b[0] + b[1]; assert((lh >= la -> sum : (sum * lh) / la) == sum); sum = 0 }
  od
}
#endif
