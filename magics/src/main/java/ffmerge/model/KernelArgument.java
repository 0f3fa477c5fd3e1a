package ffmerge.model;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/** Something that kernels take as arrays by name. */
interface KernelArgument {
    /** @param training whether what belongs to training alone is among them */
    Map<String, NDArray> parts(boolean training);
}
