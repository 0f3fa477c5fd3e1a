package ffmerge.checkpoint;

import ffmerge.UserError;
import ffmerge.checkpoint.Unpickler.Opaque;
import ffmerge.checkpoint.Unpickler.Tuple;
import ffmerge.checkpoint.Unpickler.Unreadable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The few things of PyTorch and Python that a pickle of weights may name, and what they make of their arguments: records
 * that say where a tensor's numbers lie. All else is refused by its name.
 * @see <a href="https://github.com/pytorch/pytorch/blob/main/torch/_utils.py">torch/_utils.py, the functions that tensors are rebuilt with</a>
 */
final class TorchGlobals {
    /** What a storage's pickle says of it. The numbers themselves lie elsewhere in the file. */
    record Storage(String key, DType dtype, long elements) {}

    /** A tensor as its pickle describes it: a view of a storage, which others may view too. */
    record StoredTensor(Storage storage, DType dtype, StridedView view) {}

    /** {@code torch.FloatStorage}. */
    private record StorageType(DType dtype) {}

    /** {@code torch.float32}. */
    private record ElementType(DType dtype) {}

    private interface Function {
        Object call(TorchGlobals globals, List<Object> arguments);
    }

    private static final int LONGEST_NAME = 120;
    /** A storage's numbers may be repeated by strides of 0, within reason. */
    private static final long MOST_REPEATED = 1 << 20;

    private static final Map<String, Object> ALLOWED = allowed();

    private final String file;
    private final Map<String, Storage> storages = new HashMap<>();

    /** @param file named in errors */
    TorchGlobals(String file) {
        this.file = file;
    }

    /** The storages that were spoken of so far, by their keys. */
    Map<String, Storage> storages() {
        return storages;
    }

    private static Map<String, Object> allowed() {
        Map<String, Object> allowed = new HashMap<>();
        Map<String, DType> storages = Map.of(
                "Double", DType.F64,
                "Float", DType.F32,
                "Half", DType.F16,
                "BFloat16", DType.BF16,
                "Long", DType.I64,
                "Int", DType.I32,
                "Short", DType.I16,
                "Char", DType.I8,
                "Byte", DType.U8,
                "Bool", DType.BOOL);
        Map<String, DType> complex = Map.of("ComplexFloat", DType.C64, "ComplexDouble", DType.C128);
        Stream.of(storages, complex)
                .forEach(types -> types.forEach((name, dtype) -> {
                    allowed.put("torch." + name + "Storage", new StorageType(dtype));
                    allowed.put("torch.cuda." + name + "Storage", new StorageType(dtype));
                }));
        allowed.put("torch.UntypedStorage", new StorageType(DType.U8));
        allowed.put("torch.storage.UntypedStorage", new StorageType(DType.U8));
        for (DType dtype : DType.values()) {
            if (dtype.bits() >= Byte.SIZE) { // torch packs none of the others
                allowed.put("torch." + dtype.label(), new ElementType(dtype));
            }
        }
        for (String type : Set.of(
                "torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer")) {
            allowed.put(type, new Opaque("a type"));
        }
        function(allowed, "torch._utils._rebuild_tensor", (g, a) -> g.tensor(a, null));
        function(allowed, "torch._utils._rebuild_tensor_v2", (g, a) -> g.tensor(a, null));
        function(allowed, "torch._utils._rebuild_tensor_v3", TorchGlobals::typedTensor);
        function(allowed, "torch._utils._rebuild_parameter", (g, a) -> g.argument(a, 0));
        function(allowed, "torch._utils._rebuild_parameter_with_state", (g, a) -> g.argument(a, 0));
        function(allowed, "torch._tensor._rebuild_from_type_v2", TorchGlobals::ofType);
        function(allowed, "torch.Size", (g, a) -> a.isEmpty() ? new Tuple(List.of()) : sequence(a.get(0)));
        function(allowed, "torch.device", (g, a) -> new Opaque("a device"));
        function(allowed, "collections.OrderedDict", (g, a) -> orderedDictionary(a));
        function(allowed, "_codecs.encode", (g, a) -> new Opaque("bytes"));
        function(allowed, "builtins.set", (g, a) -> new Opaque("a set"));
        function(allowed, "__builtin__.set", (g, a) -> new Opaque("a set"));
        return Map.copyOf(allowed);
    }

    private static void function(Map<String, Object> allowed, String name, Function function) {
        allowed.put(name, function);
    }

    /**
     * What a pickle means by a name.
     *
     * @throws UserError if it is not one of the few that may be named
     */
    Object named(String module, String name) {
        String full = module + "." + name;
        Object value = ALLOWED.get(full);
        if (value == null) {
            String shown = full.length() > LONGEST_NAME ? full.substring(0, LONGEST_NAME) + "…" : full;
            throw new UserError(file + " asks for the Python object " + shown
                    + ", which plain weights do not need, so it was not read and nothing of it was run; if you trust its"
                    + " author, save it anew in Python with save_pretrained(folder, safe_serialization=True)");
        }
        return value;
    }

    /** @throws Unreadable if the function is none, or its arguments are not those that {@code torch.save} writes */
    Object call(Object function, List<Object> arguments) {
        return Unpickler.as(Function.class, function).call(this, arguments);
    }

    /** A reference to what lies outside of the pickle: {@code ("storage", type, key, device, elements)}. */
    Storage persistent(List<Object> reference) {
        if (reference.size() < 5 || !"storage".equals(reference.get(0))) {
            throw new Unreadable("its pickle refers to something that is no storage");
        }
        if (reference.size() > 5 && reference.get(5) != Unpickler.NONE) {
            throw new Unreadable("it has views of storages, as PyTorch before 0.4 wrote them");
        }
        DType dtype = Unpickler.as(StorageType.class, reference.get(1)).dtype();
        String key = Unpickler.as(String.class, reference.get(2));
        long elements = Unpickler.as(Long.class, reference.get(4));
        if (elements < 0 || elements > Long.MAX_VALUE / dtype.bytes()) {
            throw new Unreadable("a storage claims " + elements + " elements");
        }
        Storage storage = new Storage(key, dtype, elements);
        Storage before = storages.putIfAbsent(key, storage);
        if (before != null && !before.equals(storage)) {
            throw new Unreadable("its pickle says two things of one storage");
        }
        return storage;
    }

    private Object argument(List<Object> arguments, int index) {
        if (index >= arguments.size()) {
            throw new Unreadable("its pickle rebuilds a tensor from " + arguments.size() + " arguments");
        }
        return arguments.get(index);
    }

    /** {@code (storage, offset, shape, strides, …)} */
    private StoredTensor tensor(List<Object> arguments, DType given) {
        Storage storage = Unpickler.as(Storage.class, argument(arguments, 0));
        DType dtype = given == null ? storage.dtype() : given;
        long elements = storage.elements() * storage.dtype().bytes() / dtype.bytes();
        StridedView view = new StridedView(
                Unpickler.as(Long.class, argument(arguments, 1)),
                numbers(argument(arguments, 2)),
                numbers(argument(arguments, 3)));
        if (!view.fits(elements) || view.elements() > Math.max(elements, MOST_REPEATED)) {
            throw new Unreadable("a tensor of shape " + shown(view.shape()) + ", strides " + shown(view.strides())
                    + " and offset " + view.offset() + " does not fit its storage of " + elements + " elements");
        }
        return new StoredTensor(storage, dtype, view);
    }

    /** {@code (storage, offset, shape, strides, requires_grad, hooks, dtype, …)} with an untyped storage */
    private StoredTensor typedTensor(List<Object> arguments) {
        return tensor(
                arguments,
                Unpickler.as(ElementType.class, argument(arguments, 6)).dtype());
    }

    /** {@code (function, type, arguments, state)} */
    private Object ofType(List<Object> arguments) {
        Object function = argument(arguments, 0);
        if (function == ALLOWED.get("torch._tensor._rebuild_from_type_v2")) {
            throw new Unreadable("its pickle rebuilds a tensor from a tensor from a tensor");
        }
        return call(function, Unpickler.as(Tuple.class, argument(arguments, 2)).items());
    }

    private static Object orderedDictionary(List<Object> arguments) {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (!arguments.isEmpty()) {
            for (Object entry : Unpickler.as(List.class, arguments.get(0))) {
                Unpickler.putAll(map, items(entry));
            }
        }
        return map;
    }

    private static Tuple sequence(Object value) {
        return new Tuple(items(value));
    }

    @SuppressWarnings("unchecked")
    private static List<Object> items(Object value) {
        return value instanceof Tuple tuple ? tuple.items() : Unpickler.as(List.class, value);
    }

    private static List<Long> numbers(Object value) {
        List<Long> numbers = new ArrayList<>();
        for (Object item : items(value)) {
            numbers.add(Unpickler.as(Long.class, item));
        }
        return numbers;
    }

    private static String shown(List<Long> numbers) {
        return numbers.size() > 8 ? "of " + numbers.size() + " axes" : TensorSpec.describe(numbers);
    }
}
