package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.UserPath;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.GgufType;
import ffmerge.checkpoint.ModelFolder;
import ffmerge.model.TransformerModel;
import ffmerge.result.Lineage;
import ffmerge.result.Result;
import ffmerge.result.SaveResult;
import ffmerge.shrink.MergeSublayers;
import ffmerge.shrink.Quantize;
import ffmerge.study.Saving;
import java.util.List;

/** {@code save NAME FOLDER --format tied|expanded|adapters|gguf|onnx} */
record SaveCommand() implements Command {
    private static final Option<String> FORMAT = Option.choice(
                    "format",
                    "tied: each shared tensor once, for from_pretrained with trust_remote_code=True; expanded: what"
                            + " from_pretrained loads as it is; adapters: these alone, for PEFT on the expanded base; gguf:"
                            + " for llama.cpp and what builds on it; onnx: a graph for ONNX Runtime, each shared tensor once",
                    "tied",
                    "expanded",
                    "adapters",
                    "gguf",
                    "onnx")
            .orElse("tied");
    private static final Option<GgufType> DTYPE = Option.choice(
                    "dtype",
                    "type of the weights; q8_0, whole numbers of 8 bits in blocks of 32, with --format gguf alone",
                    GgufType::label,
                    List.of(GgufType.F32, GgufType.F16, GgufType.BF16, GgufType.Q8_0))
            .dependsOn("as it was loaded; float32 with --format onnx");
    private static final Option<Boolean> REPLACE = Option.flag("replace", "replace a folder that is there");

    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "save",
                "NAME FOLDER",
                2,
                2,
                CommandSpec.Takes.LOADED_MODEL,
                "writes a model as a folder in Hugging Face layout",
                "%ffmerge save small saved/small --format tied",
                CommandSpec.Makes.RESULT,
                List.of(FORMAT, DTYPE, REPLACE, Options.AS_RESULT));
    }

    @Override
    public Class<SaveResult> result() {
        return SaveResult.class;
    }

    @Override
    public void check(Arguments arguments, Session session) {
        ModelFolder.requirePlace(UserPath.of(arguments.positional().get(1)), arguments.get(REPLACE));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        TransformerModel model = session.model(name, host);
        String named = arguments.get(FORMAT);
        if (named.equals("adapters")) {
            return adapters(name, model, arguments, session, host);
        }
        requireNoAdapters(name, model, session.lineage(name));
        DType loaded = model.origin().dtype();
        if (named.equals("gguf")) {
            return Saving.saveGguf(
                    name,
                    model,
                    UserPath.of(arguments.positional().get(1)),
                    arguments.get(DTYPE, GgufType.of(loaded)),
                    arguments.get(REPLACE),
                    host::notice,
                    host.progress());
        }
        DType usual = named.equals("onnx") ? DType.F32 : loaded;
        DType dtype = arguments
                .given(DTYPE)
                .map(type -> type.plainly()
                        .orElseThrow(() -> new UserError("--dtype " + type.label()
                                + " goes with --format gguf; float32, float16 and bfloat16 with every format")))
                .orElse(usual);
        if (named.equals("onnx")) {
            return Saving.saveOnnx(
                    name,
                    model,
                    UserPath.of(arguments.positional().get(1)),
                    dtype,
                    arguments.get(REPLACE),
                    host.progress());
        }
        Format format = named.equals("tied") ? Format.TIED : Format.EXPANDED;
        Lineage lineage = session.lineage(name);
        return Saving.save(
                name,
                model,
                isExpanded(model, format) ? lineage.then(Quantize.asWritten(model)) : lineage,
                UserPath.of(arguments.positional().get(1)),
                format,
                dtype,
                arguments.get(REPLACE),
                host::notice,
                host.progress());
    }

    /** Whether weights in fewer bits become floats in the file. */
    private static boolean isExpanded(TransformerModel model, Format format) {
        return model.parameters().isQuantized() && format == Format.EXPANDED;
    }

    /** Adapters that merging made belong to the model: they are saved with it. */
    private static void requireNoAdapters(String name, TransformerModel model, Lineage lineage) {
        boolean madeByMerging = lineage.option(MergeSublayers.RESIDUAL.name()).isPresent();
        if (model.parameters().adapterSettings().isPresent() && !madeByMerging) {
            throw new UserError(
                    "'" + name + "' carries adapters: save them alone with --format adapters, or make them part"
                            + " of the weights with %ffmerge fold " + name + " --as NEW");
        }
    }

    private static Result adapters(
            String name, TransformerModel model, Arguments arguments, Session session, Host host) {
        if (arguments.has(DTYPE)) {
            throw new UserError("adapters are saved in float32, as PEFT keeps them; leave --dtype out");
        }
        return Saving.saveAdapters(
                name,
                model,
                session.lineage(name),
                UserPath.of(arguments.positional().get(1)),
                arguments.get(REPLACE),
                host.progress());
    }
}
