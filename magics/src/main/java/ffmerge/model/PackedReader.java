package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.TensorSpec;
import ffmerge.torch.ArrayMemory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads linear maps from a file that holds them in another form than floats, part by part. */
final class PackedReader {
    private static final Map<DType, DataType> ARRAYS =
            Map.of(DType.I8, DataType.INT8, DType.U8, DataType.UINT8, DType.F32, DataType.FLOAT32);

    private final Checkpoint checkpoint;
    private final WeightForm form;
    private final Set<ModelTensor> maps;
    private final NDManager manager;
    private final WeightForm.Packing packing;

    PackedReader(Checkpoint checkpoint, WeightForm form, Architecture architecture, NDManager manager) {
        this.checkpoint = checkpoint;
        this.form = form;
        this.maps = Set.copyOf(architecture.linearWeights());
        this.manager = manager;
        this.packing = form.packing(manager);
    }

    /** Whether the file holds a tensor in the form under one of its spellings. */
    boolean holds(ModelTensor tensor, String spelling) {
        return maps.contains(tensor) && checkpoint.tensors().containsKey(keptName(tensor, spelling));
    }

    /** By which a tensor that is tied to others is known: the name of its first part. */
    String keptName(ModelTensor tensor, String spelling) {
        return checkpoint.ties().keptName(parts(tensor).get(0).of(spelling).name());
    }

    private List<WeightForm.Part> parts(ModelTensor tensor) {
        return form.parts(tensor.outputs(), tensor.inputs());
    }

    /** @throws UserError if a part is missing, isn't as the config's sizes ask for, or holds values that are not finite */
    Weight read(ModelTensor tensor, String spelling) {
        Map<String, NDArray> arrays = new HashMap<>();
        for (WeightForm.Part part : parts(tensor)) {
            arrays.put(part.name(), array(part.of(spelling)));
        }
        return packing.of(arrays, Parameters.shape(tensor), tensor.inputsFirst());
    }

    private NDArray array(TensorSpec asked) {
        TensorSpec held = checkpoint.tensors().get(checkpoint.ties().keptName(asked.name()));
        if (held == null) {
            throw new UserError(
                    checkpoint.source() + " lacks '" + asked.name() + "', a part of a weight in " + form.label());
        }
        if (!held.shape().equals(asked.shape()) || held.dtype() != asked.dtype()) {
            throw new UserError(checkpoint.source() + ": tensor '" + asked.name() + "' is " + described(held)
                    + ", config.json asks for " + described(asked));
        }
        Shape shape =
                new Shape(asked.shape().stream().mapToLong(Long::longValue).toArray());
        NDArray array = ArrayMemory.create(
                manager,
                shape,
                ARRAYS.get(asked.dtype()),
                (from, into) -> checkpoint.readPart(held.name(), from, into));
        if (asked.dtype() == DType.F32 && !ParameterReader.isFinite(array)) {
            throw new UserError(
                    checkpoint.source() + ": tensor '" + asked.name() + "' holds values that are NaN or infinite");
        }
        return array;
    }

    private static String described(TensorSpec spec) {
        return spec.dtype().label() + " of the shape " + TensorSpec.describe(spec.shape());
    }
}
