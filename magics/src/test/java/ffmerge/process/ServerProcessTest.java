package ffmerge.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a library does to its process, it does to no other. */
class ServerProcessTest {
    private static final byte PID = 1;
    private static final byte REFUSE = 2;
    private static final byte DIE = 3;
    private static final byte HANG = 4;
    private static final byte SPIN = 5;
    private static final byte SLEEP = 6;
    private static final Duration SOON = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(30);

    private static final ServerProcess.Kind KIND =
            new ServerProcess.Kind("the library", Misbehaving.class, List.of(Server.class), List.of());

    private final ServerProcess process = ServerProcess.take(KIND);

    /** As libraries are. */
    static final class Misbehaving extends Server {
        public static void main(String[] arguments) throws IOException {
            new Misbehaving().run();
        }

        @Override
        protected void answer(byte request, DataInputStream in, DataOutputStream out) throws IOException {
            switch (request) {
                case PID -> out.writeLong(ProcessHandle.current().pid());
                case REFUSE -> throw new IllegalArgumentException("no " + Wire.readText(in));
                case DIE -> Runtime.getRuntime().halt(134);
                case SPIN -> {
                    while (true) {
                        Thread.onSpinWait();
                    }
                }
                case SLEEP -> LockSupport.parkNanos(3 * SOON.toNanos());
                default -> LockSupport.park();
            }
        }

        @Override
        protected void forget() {
            System.out.println("printed where answers go"); // is kept out of them
        }
    }

    private static long pid(ServerProcess of) throws Exception {
        return of.ask(PID, out -> {}, DataInputStream::readLong, LONG);
    }

    private static <T> T nothing(DataInputStream in) {
        return null;
    }

    @AfterEach
    void end() {
        process.end();
    }

    @Test
    void whatIsRefusedIsSaidAndTheProcessGoesOn() throws Exception {
        long before = pid(process);
        ServerProcess.Refused refused = assertThrows(
                ServerProcess.Refused.class,
                () -> process.ask(REFUSE, out -> Wire.writeText("\u4f60", out), ServerProcessTest::nothing, LONG));
        assertEquals("no \u4f60", refused.getMessage());
        assertEquals(before, pid(process));
    }

    @Test
    void aProcessThatEndsIsAnAnswer() {
        ServerProcess.NoAnswer none = assertThrows(
                ServerProcess.NoAnswer.class, () -> process.ask(DIE, out -> {}, ServerProcessTest::nothing, LONG));
        assertEquals("makes the library break down", none.getMessage());
        assertFalse(process.isAlive());
    }

    @Test
    void aProcessThatNeverComesBackIsEnded() {
        ServerProcess.NoAnswer none = assertThrows(
                ServerProcess.NoAnswer.class, () -> process.ask(HANG, out -> {}, ServerProcessTest::nothing, SOON));
        assertEquals("takes the library more than 0 s", none.getMessage());
        assertFalse(process.isAlive());
    }

    @Test
    void aProcessThatWorksForEverIsEnded() {
        assertThrows(
                ServerProcess.NoAnswer.class, () -> process.ask(SPIN, out -> {}, ServerProcessTest::nothing, SOON));
        assertFalse(process.isAlive());
    }

    /** As on a machine that gives it no processor: it has not worked for the limit yet. */
    @Test
    void aProcessThatHadNoTimeToWorkIsWaitedFor() throws Exception {
        long before = pid(process); // it has begun
        process.ask(SLEEP, out -> {}, ServerProcessTest::nothing, SOON);
        assertEquals(before, pid(process));
    }

    @Test
    void anInterruptEndsTheWaiting() {
        Thread.currentThread().interrupt();
        assertThrows(CancellationException.class, () -> process.ask(HANG, out -> {}, ServerProcessTest::nothing, LONG));
        assertFalse(process.isAlive());
    }

    @Test
    void oneThatIsGivenBackServesTheNext() throws Exception {
        long before = pid(process);
        process.release();
        ServerProcess next = ServerProcess.take(KIND);
        ServerProcess other = ServerProcess.take(KIND);
        try {
            assertEquals(before, pid(next));
            assertNotEquals(before, pid(other));
            assertTrue(other.isAlive());
        } finally {
            next.end();
            other.end();
        }
    }
}
