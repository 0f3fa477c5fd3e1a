package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.ScriptMethod;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The methods of {@code kernels.py}, called with arrays, lists of arrays and plain values. */
public final class Kernels {
    /** Loaded when first used and kept: it holds code, no weights. */
    private static final class Loaded {
        static final PtSymbolBlock MODULE = load();

        private static PtSymbolBlock load() {
            Torch.start();
            try (InputStream in = Kernels.class.getResourceAsStream("/ffmerge/model/kernels.py")) {
                String source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                PtNDManager manager = (PtNDManager) NDManager.newBaseManager(ai.djl.Device.cpu(), "PyTorch");
                return JniUtils.loadModule(
                        manager, new ByteArrayInputStream(TorchScriptArchive.of("Kernels", source)), true, false);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /**
     * Switches the graph executor's optimizer off, thread by thread. It would profile the first calls and build its own
     * backward graphs; the plain interpreter is as fast on calls of this size, from the first one on.
     */
    private static final ThreadLocal<Boolean> PLAIN_EXECUTOR = ThreadLocal.withInitial(() -> {
        JniUtils.setGraphExecutorOptimize(false);
        return true;
    });

    private Kernels() {}

    /**
     * Runs a method that returns one tensor.
     *
     * @param scope what the result belongs to
     * @param gradient whether a gradient will be asked for
     * @param arguments arrays, lists of arrays, longs, doubles, booleans, strings, {@code long[]}
     */
    public static NDArray run(NDManager scope, boolean gradient, String method, Object... arguments) {
        PtSymbolBlock module = Loaded.MODULE;
        IValue[] values = values(arguments);
        try (IValue result = ScriptMethod.run(module, method, gradient, values)) {
            return result.toTensor((PtNDManager) scope);
        } finally {
            close(values);
        }
    }

    /** Runs a method that returns a list of tensors; otherwise as {@link #run}. */
    public static List<NDArray> runAll(NDManager scope, boolean gradient, String method, Object... arguments) {
        PtSymbolBlock module = Loaded.MODULE;
        IValue[] values = values(arguments);
        try (IValue result = ScriptMethod.run(module, method, gradient, values)) {
            return List.copyOf(result.toNDList((PtNDManager) scope));
        } finally {
            close(values);
        }
    }

    /** Runs a method for its effect on its arguments. */
    public static void execute(String method, Object... arguments) {
        PtSymbolBlock module = Loaded.MODULE;
        IValue[] values = values(arguments);
        try {
            ScriptMethod.run(module, method, false, values).close();
        } finally {
            close(values);
        }
    }

    private static IValue[] values(Object[] arguments) {
        PLAIN_EXECUTOR.get();
        IValue[] values = new IValue[arguments.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(arguments[i]);
        }
        return values;
    }

    private static IValue value(Object argument) {
        if (argument instanceof PtNDArray array) {
            return IValue.from(array);
        }
        if (argument instanceof List<?> arrays) {
            return IValue.listFrom(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
        }
        if (argument instanceof Integer number) {
            return IValue.from(number.longValue());
        }
        if (argument instanceof Long number) {
            return IValue.from(number);
        }
        if (argument instanceof Double number) {
            return IValue.from(number);
        }
        if (argument instanceof Boolean flag) {
            return IValue.from(flag);
        }
        if (argument instanceof String text) {
            return IValue.from(text);
        }
        throw new IllegalArgumentException("no TorchScript value for " + argument);
    }

    /** Every value holds a reference that only closing gives back; what is not closed leaks. */
    private static void close(IValue[] values) {
        for (IValue value : values) {
            value.close();
        }
    }
}
