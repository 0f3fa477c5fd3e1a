package ffmerge.checkpoint;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;

/**
 * Gives mapped pages of a file back at once. The JVM itself does so when the buffer is collected, which it sees no reason
 * to hurry with: the pages of a whole checkpoint would stand in memory beside its weights.
 */
final class MappedMemory {
    private static final MethodHandle RELEASE = find();

    private MappedMemory() {}

    /** Before Java 22 only this class of the JDK can unmap; where it can't be reached, collection does it. */
    private static MethodHandle find() {
        try {
            Class<?> unsafe = Class.forName("sun.misc.Unsafe");
            Field instance = unsafe.getDeclaredField("theUnsafe");
            instance.setAccessible(true);
            return MethodHandles.lookup()
                    .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
                    .bindTo(instance.get(null));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }

    /** @param mapped as {@code FileChannel.map} returned it; must not be touched any more */
    static void release(ByteBuffer mapped) {
        if (RELEASE == null) {
            return;
        }
        try {
            RELEASE.invokeExact(mapped);
        } catch (Throwable e) {
            throw new IllegalStateException("a mapped buffer can't be released", e);
        }
    }
}
