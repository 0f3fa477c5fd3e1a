"""A model some of whose places share weights, as ffmerge merged it. transformers (4.57 or later) opens it with

    AutoModel$Task.from_pretrained(folder, trust_remote_code=True)

config.json says in "ties" which tensor of the file of weights stands for which others. All else is the family's own code.
"""
import torch
from transformers import CONFIG_MAPPING, AutoModel, AutoModel$Task

try:  # in transformers 5 a parameter may have another name in memory than in files
    from transformers.conversion_mapping import get_checkpoint_conversion_mapping, register_checkpoint_conversion_mapping
    from transformers.core_model_loading import revert_weight_conversion
except ImportError:
    revert_weight_conversion = None

Config = CONFIG_MAPPING["$family"]


def own(auto):
    """The family's class for what an Auto class is for; some have two."""
    classes = auto._model_mapping[Config]
    return {c.__name__: c for c in classes}.get("$Model", classes[0]) if isinstance(classes, tuple) else classes


class Tied$FamilyConfig(Config):
    model_type = "ffmerge_$family"  # of its own, so that nothing opens the folder without this file

    if not revert_weight_conversion:

        def __init__(self, **said):
            """transformers 4 asks for rotary positions elsewhere than 5 writes them."""
            rope = said.get("rope_parameters") or {}
            whole, sliding = rope.get("full_attention", rope), rope.get("sliding_attention", {})
            old, scaling = {}, dict(whole)
            for key, older in ("rope_theta", "rotary_emb_base"), ("partial_rotary_factor", "rotary_pct"):
                if key in whole:
                    old[older if hasattr(Config(), older) else key] = scaling.pop(key)
            if "rope_theta" in sliding:
                old["rope_local_base_freq"] = sliding["rope_theta"]
            kind = scaling.get("rope_type", "default")
            fields = {"linear": ["factor"], "dynamic": ["factor"], "longrope": ["short_factor", "long_factor"]}.get(kind)
            if fields:  # some families take these and no other
                old["rope_scaling"] = {"type": kind, **{field: scaling[field] for field in fields}}
            elif kind != "default":
                old["rope_scaling"] = scaling
            if "original_max_position_embeddings" in scaling:
                old["original_max_position_embeddings"] = scaling["original_max_position_embeddings"]
            if said.get("attn_logit_softcapping"):  # its other kinds of attention leave the cap out
                old["attn_implementation"] = said.get("attn_implementation") or "eager"
            super().__init__(**{**said, **old})


class Tied:
    """Shares the parameters that the config says are one, in memory and in what is saved."""

    def __init__(self, config, *args, **kwargs):
        super().__init__(config, *args, **kwargs)
        # what save_pretrained looks at
        if revert_weight_conversion:
            self._tied_weights_keys = {**(self._tied_weights_keys or {}), **self._ties()}
        else:
            self._tied_weights_keys = [*(self._tied_weights_keys or []), *self._ties()]

    def _ties(self):
        """Alias -> kept, by the names that the parameters have here."""
        if "_own_ties" not in self.__dict__:
            names = [name for name, _ in self.named_parameters(remove_duplicate=False)]
            marks = {name: torch.full((1, 1), float(i), device="cpu") for i, name in enumerate(names)}
            stored = revert_weight_conversion(self, marks) if revert_weight_conversion else marks
            # of a tensor of the file, the parameters that it is here: several where it is cut
            here = {name: [names[int(i)] for i in mark.flatten()] for name, mark in stored.items()}
            prefix = self.base_model_prefix + "."  # which names have or lack, of a model with a head or without
            for name in list(here):
                here.setdefault(prefix + name, here[name])
                here.setdefault(name.removeprefix(prefix), here[name])
            ties = self.config.ties.items()
            self._own_ties = {a: k for alias, kept in ties for a, k in zip(here[alias], here[kept])}
        return self._own_ties

    def get_expanded_tied_weights_keys(self, all_submodels=False):
        """What transformers 5 ties, leaves out of files and doesn't miss in them."""
        return {**super().get_expanded_tied_weights_keys(all_submodels), **self._ties()}

    def _tie_weights(self):
        """Is called by transformers 4 alone."""
        for alias, kept in self._ties().items():
            place, _, name = alias.rpartition(".")
            setattr(self.get_submodule(place), name, self.get_parameter(kept))

    def get_input_embeddings(self):
        """Of some models of pictures transformers names none; PEFT asks wherever something is tied."""
        try:
            return super().get_input_embeddings()
        except NotImplementedError:
            return next(m for m in self.modules() if isinstance(m, torch.nn.Conv2d))

    def _adjust_bias(self, module, source):
        """Would cut the biases of maps that are stored as [in, out]."""
        if module is self.get_output_embeddings():
            super()._adjust_bias(module, source)

    @classmethod
    def from_pretrained(cls, *args, output_loading_info=False, **kwargs):
        model, info = super().from_pretrained(*args, output_loading_info=True, **kwargs)
        lost = sorted({*model._ties(), *model._ties().values()} & set(info["missing_keys"]))
        if lost:
            raise ValueError(f"the weights lack {lost[0]}, which other places share; get the whole folder")
        return (model, info) if output_loading_info else model


class Tied$FamilyModel(Tied, own(AutoModel)):
    config_class = Tied$FamilyConfig


class Tied$Family$Task(Tied, own(AutoModel$Task)):
    config_class = Tied$FamilyConfig


if revert_weight_conversion:  # the other names go by classes' names
    for model in Tied$FamilyModel, Tied$Family$Task:
        names = get_checkpoint_conversion_mapping(model.__bases__[1].__name__)
        names = names or get_checkpoint_conversion_mapping(Config.model_type)
        if names:
            register_checkpoint_conversion_mapping(model.__name__, names, overwrite=True)
