package ffmerge.torch;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The methods of {@code kernels.py}, called with arrays, lists of arrays and plain values. Products are done in float32
 * unless another precision is asked for.
 */
public final class Kernels {
    /** By the precision of products: each is loaded when first used, and kept. They hold code, no weights. */
    private static final Map<Precision, PtSymbolBlock> MODULES = new ConcurrentHashMap<>();

    private static PtSymbolBlock module(Precision products) {
        return MODULES.computeIfAbsent(products, p -> {
            String kernels = text("kernels.py");
            try {
                return load("Kernels", p, kernels + text("onednn.py"));
            } catch (EngineException e) {
                if (!e.getMessage().contains("mkldnn")) {
                    throw e;
                }
                return load("Kernels", p, kernels + text("onednn-missing.py"));
            }
        });
    }

    /** Reads them before they are needed, and starts libtorch for that. */
    public static void start() {
        try (NDManager scope = Torch.newScope(ai.djl.Device.cpu())) {
            run(scope, false, "float32", scope.ones(new Shape(1)));
        }
    }

    /** How many GPUs libtorch sees; it must have CUDA. */
    static int gpus() {
        try (PtSymbolBlock cuda = load("Cuda", Precision.FLOAT32, text("cuda.py"));
                IValue count = ScriptMethod.run(cuda, "device_count", false)) {
            return (int) count.toLong();
        }
    }

    /** @param className of the module that the source defines */
    static PtSymbolBlock load(String className, Precision products, String source) {
        Torch.start();
        byte[] archive = TorchScriptArchive.of(className, "products", products.code(), source);
        PtNDManager manager = (PtNDManager) NDManager.newBaseManager(ai.djl.Device.cpu(), Torch.ENGINE);
        try {
            return JniUtils.loadModule(manager, new ByteArrayInputStream(archive), true, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(String file) {
        try (InputStream in = Kernels.class.getResourceAsStream("/ffmerge/torch/" + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
     * @param arguments arrays, lists of arrays, arrays by name, longs, doubles, booleans, strings, {@code long[]}
     */
    public static NDArray run(NDManager scope, boolean gradient, String method, Object... arguments) {
        return run(Precision.FLOAT32, scope, gradient, method, arguments);
    }

    /** @param products the precision in which matrices are multiplied; otherwise as the other {@code run} */
    public static NDArray run(
            Precision products, NDManager scope, boolean gradient, String method, Object... arguments) {
        PtSymbolBlock module = module(products);
        try (Handed handed = Handed.of(arguments);
                IValue result = ScriptMethod.run(module, method, gradient, handed.all)) {
            return result.toTensor((PtNDManager) scope);
        }
    }

    /** Runs a method that returns a list of tensors; otherwise as {@link #run}. */
    public static List<NDArray> runAll(NDManager scope, boolean gradient, String method, Object... arguments) {
        return runAll(Precision.FLOAT32, scope, gradient, method, arguments);
    }

    public static List<NDArray> runAll(
            Precision products, NDManager scope, boolean gradient, String method, Object... arguments) {
        PtSymbolBlock module = module(products);
        try (Handed handed = Handed.of(arguments);
                IValue result = ScriptMethod.run(module, method, gradient, handed.all)) {
            return List.copyOf(result.toNDList((PtNDManager) scope));
        }
    }

    /** Runs a method for its effect on its arguments. */
    public static void execute(String method, Object... arguments) {
        PtSymbolBlock module = module(Precision.FLOAT32);
        try (Handed handed = Handed.of(arguments)) {
            ScriptMethod.run(module, method, false, handed.all).close();
        }
    }

    /** Arguments that many calls have in common, made once: to hand over a small layer's takes a tenth of its time. */
    public static final class Held {
        private final IValue[] values;

        private Held(IValue[] values) {
            this.values = values;
        }
    }

    /** Arguments that stand for these in calls, until the scope is closed. */
    public static Held hold(NDManager scope, Object... arguments) {
        Handed handed = Handed.of(arguments);
        scope.attachInternal(UUID.randomUUID().toString(), handed);
        return new Held(handed.all);
    }

    /**
     * The arguments of a call.
     *
     * @param own those that were made for it
     */
    private record Handed(IValue[] all, List<IValue> own) implements AutoCloseable {
        static Handed of(Object[] arguments) {
            PLAIN_EXECUTOR.get();
            List<IValue> all = new ArrayList<>();
            List<IValue> own = new ArrayList<>();
            for (Object argument : arguments) {
                if (argument instanceof Held held) {
                    all.addAll(Arrays.asList(held.values));
                    continue;
                }
                IValue value = value(argument);
                all.add(value);
                own.add(value);
            }
            return new Handed(all.toArray(IValue[]::new), own);
        }

        /** Every value holds a reference that only closing gives back; what is not closed leaks. */
        @Override
        public void close() {
            own.forEach(IValue::close);
        }
    }

    private static IValue value(Object argument) {
        if (argument instanceof PtNDArray array) {
            return IValue.from(array);
        }
        if (argument instanceof List<?> arrays) {
            return IValue.listFrom(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
        }
        if (argument instanceof Map<?, ?> named) {
            if (named.isEmpty()) {
                return IValue.stringMapFrom(Map.of()); // of what a layer lacks
            }
            Map<String, PtNDArray> arrays = new LinkedHashMap<>();
            named.forEach((name, array) -> arrays.put((String) name, (PtNDArray) array));
            return IValue.stringMapFrom(arrays);
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
        if (argument instanceof long[] numbers) {
            return IValue.listFrom(numbers);
        }
        if (argument instanceof String text) {
            return IValue.from(text);
        }
        throw new IllegalArgumentException("no TorchScript value for " + argument);
    }
}
